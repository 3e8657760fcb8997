"""The economy, watched: alarms, chains, reports, locks."""
