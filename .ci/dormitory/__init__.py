"""A dormitory of two houses on this machine: what `./wattle up` starts, `./wattle demo` shows, and tests/e2e tears at."""
