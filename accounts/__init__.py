"""Clinics, people, roles, and what each may see."""
