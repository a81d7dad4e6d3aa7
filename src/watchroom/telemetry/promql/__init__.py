"""PromQL over our own series: parse, evaluate on a whole grid of steps at once, answer as Prometheus does."""
