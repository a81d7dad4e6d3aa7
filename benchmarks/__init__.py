"""Speed against peers: `make bench`, or `python -m benchmarks NAME`. What was found stands in docs/performance.md."""
