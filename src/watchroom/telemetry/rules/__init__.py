"""Recording and alerting rules: read, evaluated at a time, told as Prometheus and Alertmanager tell them."""
