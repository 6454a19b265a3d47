"""Where people go first."""

from django.urls import path

from accounts import views

urlpatterns = [path("", views.home, name="home")]
