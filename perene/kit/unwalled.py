"""Every exception from the wall, with its reason. `tests/architecture/test_walls.py` compares these lists with the database's
own catalog, both ways: what is missing here fails, and what is here without need fails too."""

# Tables without a policy: they know no organization, or must be read before one is known.
TABLES = {
    "django_migrations": "which migrations ran; the same for everybody, and the application may only read it",
    "organizations_session": "a signed-in browser, found by the digest of a secret key before its person is known",
    "organizations_throttle": "failed tries to sign in, counted before anybody is known; keyed digests and numbers alone",
    "procrastinate_jobs": "the queue: a worker takes whatever comes; arguments are ids, and the task opens the organization",
    "procrastinate_events": "when a job changed its state, for the queue itself",
    "procrastinate_periodic_defers": "when a periodic task was last enqueued; periodic tasks serve all organizations",
    "procrastinate_workers": "heartbeats of the workers, which serve all organizations",
}

# Tables whose policy compares something else than a column organization_id.
OTHER_WALLS = {
    "organizations_organization": "the organization itself: its id is what the wall compares",
    "organizations_person": "a person may belong to several organizations: the wall asks the memberships",
    "organizations_credential": "a person's password and second factor: nobody's business, in no organization",
}

# Tables that the application may not touch at all: only functions of the owner read and write them.
KEPT = {
    "organizations_credential": "hashes and sealed secrets: functions compare them, and change them for who proves or has a link",
}

# Tables that also the owner's look-up functions read across organizations, to answer with ids only.
LOOKED_UP = {
    "organizations_organization": "who has work tonight",
    "organizations_person": "sign-in: whose e-mail is this",
    "organizations_membership": "sign-in: where may this person enter",
    "organizations_apikey": "the API: whose key is this",
    "organizations_invitation": "whose link is this",
}

# Functions that run with the owner's rights. Those with True may be called by the application.
ELEVATED = {
    "perene_sign_in(text)": (True, "sign-in comes before the organization; answers ids only"),
    "perene_organizations_of(uuid)": (True, "the choice of organization comes before it; answers ids only"),
    "perene_person_id(text)": (
        True,
        "a person of another organization may join this one; answers an id only",
    ),
    "perene_organizations_at_work()": (True, "the night visits every organization; answers ids only"),
    "perene_api_key(text)": (
        True,
        "a key opens its organization, which is not known before; answers ids only",
    ),
    "perene_invitation(text)": (
        True,
        "an invitation opens its organization, which is not known before; answers ids only",
    ),
    "perene_password_head(uuid)": (True, "how to hash what was typed: parameters and salt, never the hash"),
    "perene_password_matches(uuid,text)": (True, "compares inside; answers yes or no"),
    "perene_password_change(uuid,text,text)": (True, "wants the proof of the present password"),
    "perene_password_link(uuid,text,timestamp with time zone,boolean)": (
        True,
        "a link for a member who works nowhere else",
    ),
    "perene_password_link_of(text)": (True, "whose link this is, by its digest; answers ids only"),
    "perene_password_by_link(text,text,timestamp with time zone)": (True, "wants the digest of the link"),
    "perene_password_link_of_operator(text,text,timestamp with time zone,boolean)": (
        False,
        "a link for anybody, over the owner's own connection",
    ),
    "perene_second_factor(uuid)": (True, "the sealed secret, which the database has no key to"),
    "perene_second_factor_set(uuid,text,text,bigint,text[])": (
        True,
        "wants the proof of the present password",
    ),
    "perene_second_factor_step(uuid,bigint)": (True, "uses a step up, once"),
    "perene_recovery_use(uuid,text)": (True, "uses a recovery code up, by its keyed digest"),
    "perene_join_new(uuid,uuid,text,text,text,text,boolean)": (
        True,
        "a person nobody knew joins the present organization",
    ),
    "perene_join_known(uuid,uuid,text,text,boolean)": (
        True,
        "a known person joins, by the proof of their own password",
    ),
    "perene_audit_person()": (False, "trigger: writes the trail"),
    "perene_audit_access(uuid,text)": (False, "writes the trail that the application only reads"),
    "perene_begin_load()": (
        True,
        "makes the temporary tables of a load the owner's, so that nobody else shapes them",
    ),
    "perene_load_billing(uuid,date)": (True, "inserts a proved chunk without row-by-row key checks"),
    "perene_audit_write(text,text,bigint,jsonb,jsonb)": (
        False,
        "writes the trail that the application only reads",
    ),
    "perene_audit_insert()": (False, "trigger: writes the trail"),
    "perene_audit_update()": (False, "trigger: writes the trail"),
    "perene_audit_delete()": (False, "trigger: writes the trail"),
    "perene_check_balance()": (False, "trigger: writes the subtotals that the application only reads"),
}
