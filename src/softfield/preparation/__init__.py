"""Glasses from liquids: molecular dynamics, minimisation, protocol, rattlers."""
