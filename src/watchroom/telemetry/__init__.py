"""Series, log lines and traces, and the languages in which a user of Prometheus, Loki and Grafana asks for them."""
