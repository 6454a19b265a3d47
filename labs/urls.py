"""Roads into labs."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
