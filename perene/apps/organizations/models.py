"""Tables of organizations. `Person` is shared between organizations, so its wall looks at memberships."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from perene.kit import ids
from perene.kit import models as kit


class Organization(models.Model):
    """A company that uses Perene. Its wall compares `id` itself."""

    id = models.BigAutoField(primary_key=True)
    name = models.TextField()
    legal_name = models.TextField(default="")
    document = models.TextField(default="")
    address = models.TextField(default="")
    state = models.TextField(default="SP")
    time_zone = models.TextField(default="America/Sao_Paulo")
    is_sandbox = models.BooleanField(default=False)
    # Sandbox only: the civil date this organization lives in, and the date it is moving to.
    clock_on = models.DateField(null=True)
    clock_target_on = models.DateField(null=True)
    # Days between the charge and the earliest due date.
    lead_days = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    # Whoever works here must have a second factor.
    requires_second_factor = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_sandbox=True, clock_on__isnull=False)
                | models.Q(is_sandbox=False, clock_on__isnull=True, clock_target_on__isnull=True),
                name="only_a_sandbox_has_its_own_clock",
            )
        ]


class Unit(kit.TenantModel):
    """Filial, empreendimento: the softer wall."""

    name = models.TextField()
    code = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "code"], name="unit_code_once")]


class Person(models.Model):
    """Someone who signs in. May belong to several organizations; what they sign in with is their `Credential`."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField(unique=True)
    name = models.TextField()
    is_active = models.BooleanField(default=True)
    last_login = models.DateTimeField(null=True)


class Credential(models.Model):
    """What a person signs in with. The application may not touch this table: functions of the owner compare, and change it
    for who proves the present password or holds a link (decision 0004)."""

    person_id = models.UUIDField(primary_key=True)
    # As Django writes it: argon2$argon2id$v=…$parameters$salt$hash.
    password = models.TextField()
    # The secret of the second factor, sealed (kit.crypto); null = none. A step is used once.
    second_factor = models.TextField(null=True)
    last_step = models.BigIntegerField(default=0)
    recovery_digests = ArrayField(models.TextField(), default=list)
    # The one link that sets a new password.
    link_digest = models.TextField(null=True)
    link_until = models.DateTimeField(null=True)
    link_drops_second_factor = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link_digest"], name="password_link_once")]


class Session(AbstractBaseSession):
    """A signed-in browser. `session_key` is the digest of the key that the browser has."""

    person_id = models.UUIDField(null=True)
    began_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    address = models.TextField(default="")
    browser = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["person_id"], name="session_of_person")]


class Throttle(models.Model):
    """How often signing in failed lately, by a digest of the e-mail or of the address it came from."""

    digest = models.TextField(primary_key=True)
    failures = models.IntegerField()
    failed_at = models.DateTimeField()
    free_at = models.DateTimeField()


class Role(models.TextChoices):
    OWNER = "owner"
    FINANCE = "finance"
    SALES = "sales"
    COLLECTIONS_OPERATOR = "collections_operator"
    COLLECTIONS_MANAGER = "collections_manager"
    AUDITOR = "auditor"


class Membership(kit.TenantModel):
    """A person in an organization, with one role; `all_units` False limits them to their `MembershipUnit` rows."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    role = models.TextField(choices=Role.choices)
    all_units = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "person"], name="person_is_member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]
        indexes = [models.Index(fields=["person"], name="membership_person")]


class MembershipUnit(kit.TenantModel):
    membership = kit.Key(Membership)
    unit = kit.Key(Unit)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "membership", "unit"], name="membership_unit_once"
            )
        ]


class Invitation(kit.TenantModel):
    """An offer of a membership. The link is shown once; `digest` is its SHA-256. The person themself accepts."""

    email = models.EmailField()
    role = models.TextField(choices=Role.choices)
    all_units = models.BooleanField(default=True)
    digest = models.TextField()
    invited_by_id = models.UUIDField(null=True)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="invitation_link_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
        ]


class InvitationUnit(kit.TenantModel):
    invitation = kit.Key(Invitation)
    unit = kit.Key(Unit)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "invitation", "unit"], name="invitation_unit_once"
            )
        ]


class ApiKey(kit.TenantModel):
    """A program's way in. The key itself is shown once; `digest` is its SHA-256. It acts with `scopes` (permissions), in all
    units or only in those of its `ApiKeyUnit` rows."""

    name = models.TextField()
    # The first characters, by which a person knows it again.
    prefix = models.TextField()
    digest = models.TextField()
    scopes = models.JSONField(default=list)
    all_units = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="api_key_once")]


class ApiKeyUnit(kit.TenantModel):
    api_key = kit.Key(ApiKey)
    unit = kit.Key(Unit)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "api_key", "unit"], name="api_key_unit_once")
        ]


class AuditEntry(kit.TenantLeaf):
    """Written by the database (kit.walls.Audited): who changed which row, when (real time and the organization's date)."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    on = models.DateField(null=True)
    person_id = models.UUIDField(null=True)
    table = models.TextField()
    row_id = models.TextField()
    action = models.TextField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organization_id", "table", "row_id"], name="audit_of_a_row")]


class NumberSequence(kit.TenantModel):
    """Numbers people read. Reserved in blocks, gaps allowed, never reused."""

    name = models.TextField()
    next = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="sequence_name_once")]


class DailyStep(kit.TenantModel):
    """One step of one day of an organization. A row with `finished_at` is never done again."""

    on = models.DateField()
    step = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "on", "step"], name="step_of_a_day_once")
        ]
