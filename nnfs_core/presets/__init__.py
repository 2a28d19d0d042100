"""Ready-made experiments, one TOML file each; dropping a file in adds one."""
