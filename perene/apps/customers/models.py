from django.db import models

from perene.apps.organizations.models import Unit
from perene.kit import models as kit


class Customer(kit.TenantModel):
    """A person or company that buys. `search_text` is name, document and external id without accents, lower case."""

    external_id = models.TextField(null=True)
    unit = kit.Key(Unit)
    name = models.TextField()
    document = models.TextField()
    document_kind = models.TextField()
    street = models.TextField(default="")
    street_number = models.TextField(default="")
    complement = models.TextField(default="")
    district = models.TextField(default="")
    city = models.TextField(default="")
    state = models.TextField(default="")
    postal_code = models.TextField(default="")
    since_on = models.DateField(null=True)
    search_text = models.TextField()
    # A duplicate: everything of it belongs to this customer since.
    merged_into = kit.Key("self", null=True)
    merged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "external_id"], name="customer_external_id_once"
            ),
            models.CheckConstraint(
                condition=models.Q(document_kind__in=["cpf", "cnpj"]), name="customer_document_kind_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organization_id", "document"], name="customer_by_document"),
            # By name as Portuguese sorts it: no accents, no capitals.
            models.Index(fields=["organization_id", "search_text", "id"], name="customer_by_name"),
        ]


class Contact(kit.TenantModel):
    """One way to reach a customer."""

    customer = kit.Key(Customer)
    kind = models.TextField()
    value = models.TextField()
    label = models.TextField(default="")
    is_main = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "customer", "kind", "value"], name="contact_of_a_customer_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["email", "phone", "whatsapp"]), name="contact_kind_known"
            ),
        ]
