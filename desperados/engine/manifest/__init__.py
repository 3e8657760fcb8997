"""In which words a domain says what it contributes to the whole."""
