"""Roads into patients."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
