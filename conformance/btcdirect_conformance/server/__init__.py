"""The reference server: a stateful implementation of the contract, correct or broken on purpose."""
