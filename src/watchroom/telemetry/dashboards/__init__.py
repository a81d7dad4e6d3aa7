"""Dashboards as data: one definition makes the page, Grafana's JSON and the files that provision a Grafana."""
