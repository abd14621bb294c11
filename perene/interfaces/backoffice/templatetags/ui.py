"""The pieces every page is made of, in one load: `{% load ui %}`."""

from django import template

from perene.interfaces.backoffice.templatetags import pieces, values

register = template.Library()
for library in (values.register, pieces.register):
    register.tags.update(library.tags)
    register.filters.update(library.filters)
