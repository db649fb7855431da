"""The company's data: the contract, own files, the company itself and the bundled one."""
