from django.urls import include, path

urlpatterns = [
    path("api/", include("perene.interfaces.api.urls")),
    path("", include("perene.interfaces.backoffice.urls")),
]

handler403 = "perene.interfaces.backoffice.errors.forbidden"
handler404 = "perene.interfaces.backoffice.errors.not_found"
handler500 = "perene.interfaces.backoffice.errors.broken"
