"""Tests of Recovery Clinic."""
