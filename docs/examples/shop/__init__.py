"""An online shop on a bad Friday: metrics, log lines, rules and a dashboard to try the telemetry pages with."""
