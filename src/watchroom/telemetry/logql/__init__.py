"""LogQL: log lines chosen, parsed, filtered and counted. The way in is `engine.LogEngine`."""
