import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import perene.kit.ids
import perene.kit.models
import perene.kit.tenancy


class Migration(migrations.Migration):
    dependencies = [
        ("organizations", "0004_walls_of_api_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("digest", models.TextField(primary_key=True, serialize=False)),
                ("failures", models.IntegerField()),
                ("failed_at", models.DateTimeField()),
                ("free_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="organization",
            name="requires_second_factor",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="person",
            name="last_login",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("person_id", models.UUIDField(primary_key=True, serialize=False)),
                ("password", models.TextField()),
                ("second_factor", models.TextField(null=True)),
                ("last_step", models.BigIntegerField(default=0)),
                (
                    "recovery_digests",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("link_digest", models.TextField(null=True)),
                ("link_until", models.DateTimeField(null=True)),
                ("link_drops_second_factor", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("link_digest",), name="password_link_once")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=perene.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "organization_id",
                    models.BigIntegerField(default=perene.kit.tenancy.organization_id, editable=False),
                ),
                ("email", models.EmailField(max_length=254)),
                (
                    "role",
                    models.TextField(
                        choices=[
                            ("owner", "Owner"),
                            ("finance", "Finance"),
                            ("sales", "Sales"),
                            ("collections_operator", "Collections Operator"),
                            ("collections_manager", "Collections Manager"),
                            ("auditor", "Auditor"),
                        ]
                    ),
                ),
                ("all_units", models.BooleanField(default=True)),
                ("digest", models.TextField()),
                ("invited_by_id", models.UUIDField(null=True)),
                ("invited_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("digest",), name="invitation_link_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "owner",
                                    "finance",
                                    "sales",
                                    "collections_operator",
                                    "collections_manager",
                                    "auditor",
                                ],
                            )
                        ),
                        name="invitation_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "session_key",
                    models.CharField(
                        max_length=40, primary_key=True, serialize=False, verbose_name="session key"
                    ),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                ("person_id", models.UUIDField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
                ("address", models.TextField(default="")),
                ("browser", models.TextField(default="")),
            ],
            options={
                "indexes": [models.Index(fields=["person_id"], name="session_of_person")],
            },
        ),
        migrations.CreateModel(
            name="InvitationUnit",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=perene.kit.ids.new, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "organization_id",
                    models.BigIntegerField(default=perene.kit.tenancy.organization_id, editable=False),
                ),
                (
                    "invitation",
                    perene.kit.models.Key(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organizations.invitation",
                    ),
                ),
                (
                    "unit",
                    perene.kit.models.Key(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="organizations.unit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization_id", "invitation", "unit"), name="invitation_unit_once"
                    )
                ],
            },
        ),
    ]
