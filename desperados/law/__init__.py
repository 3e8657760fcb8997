"""Law: what somebody is wanted for, sentences, prices on heads, fines."""
