"""Migrations: expand, deploy, contract, so that old code runs on the new schema meanwhile."""
