"""How a domain says what it contributes to the whole: routes, jobs, content, audits, hooks."""
