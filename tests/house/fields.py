"""Every field of every table of ours, declared: does it say, alone or in its words, who a person is?"""

# Names, numbers and addresses of a person, and every text that somebody may write a name into. These never
# leave the record: not into addresses, logs, the arguments of a task, mails or the audit record.
IDENTIFYING = {
    "accounts.Person": "email full_name password",
    "accounts.Invitation": "email",
    "accounts.ResetRequest": "email",
    "accounts.ApiToken": "name",
    "patients.Patient": "mrn family_name given_name date_of_birth email phone allergies search_key",
    "patients.Exposure": "dose",
    "patients.ConcomitantDrug": "name",
    "patients.Condition": "kind",
    "patients.Restriction": "note lift_reason",
    "patients.EmergencyAccess": "explanation review_comment",
    "patients.Note": "text html",
    "patients.Addendum": "text html reason",
    "labs.Panel": "note amendment_reason review_comment release_comment",
    "labs.EntryDraft": "typed",
    "protocols.Course": "stop_reason protocol_name",
    "protocols.CourseChange": "reason",
    "protocols.DoseStep": "reason override_reason",
    "protocols.ProtocolVersion": "content change_note",
    "protocols.VersionStep": "words",
    "monitoring.Flag": "comment",
    "monitoring.FlagChange": "comment",
    "monitoring.Retest": "waive_reason",
    "monitoring.DryRun": "title",
    "monitoring.CutOff": "reason",
    "documents.Document": "inputs pdf",
}
# Ids, moments, numbers, choices and our own sentences: they mean something only beside the record.
NOT_IDENTIFYING = {
    "audit.Event": "id happened_at clinic_id actor_id actor_role action code object_kind object_id "
    "patient_id outcome source request_id purpose details",
    "audit.Link": "event_id chain sequence previous_hash hash",
    "accounts.Clinic": "id name time_zone address phone created_at",
    "accounts.ApiToken": "id clinic membership may_read may_write hint digest entry_key created_at "
    "created_by expires_at last_used_at revoked_at revoked_by",
    "accounts.Person": "id last_login is_active joined_at factors_version",
    "accounts.Membership": "id clinic person role started_at ended_at version",
    "accounts.Invitation": "id clinic role invited_at invited_by expires_at sending told_at started_at "
    "attempts error accepted_at accepted_by withdrawn_at withdrawn_by version",
    "accounts.ResetRequest": "id asked_at told_at started_at attempts error",
    "patients.PortalInvitation": "id clinic invitation patient",
    "accounts.SentForm": "id clinic entry_key person digest answer sent_at",
    "patients.Patient": "id clinic portal_person registered_at registered_by version",
    "patients.Exposure": "id clinic patient formulation started_on last_dose_on recorded_at recorded_by",
    "patients.ConcomitantDrug": "id clinic patient started_on stopped_on",
    "patients.Condition": "id clinic patient since_on",
    "patients.Observation": "id clinic patient kind value observed_on recorded_at recorded_by",
    "patients.Episode": "id clinic patient exposure goal last_dose_on washout_days washout_source "
    "effective_stop_on opened_at opened_by closed_on outcome record_version changed_at",
    "patients.Restriction": "id clinic patient reason placed_at placed_by lifted_at lifted_by version",
    "patients.NamedCarer": "id clinic restriction person named_at named_by dropped_at dropped_by",
    "patients.EmergencyAccess": "id clinic patient restriction person reason entry_key began_at ends_at "
    "ended_by notified_at notice_started_at notice_attempts notice_error reviewed_at reviewed_by version",
    "patients.Note": "id clinic patient clinicians_only version entry_key started_at written_by saved_at "
    "signed_at signed_by",
    "patients.Addendum": "id clinic note entry_key added_at added_by",
    "labs.Laboratory": "id clinic name note",
    "labs.LaboratoryInterval": "id clinic laboratory analyte low high unit method source version "
    "effective_on replaced_at set_by",
    "labs.Panel": "id clinic patient laboratory kind collected_at collected_zone collected_on fasting "
    "acutely_ill before_testosterone version supersedes superseded_at entry_key finalised_at finalised_by "
    "record_version reviewed_at reviewed_by released_at released_by",
    "labs.SemenAnalysis": "id clinic panel abstinence_days collection_complete minutes_to_analysis "
    "sperm_seen who_edition",
    "labs.Result": "id clinic panel analyte reported_text reported_unit comparator value canonical_value "
    "canonical_unit place place_reason interval_id interval_version interval_low interval_high interval_unit "
    "interval_text interval_source interval_is_laboratorys method confirmed",
    "labs.EntryDraft": "id clinic patient author kind saved_at",
    "protocols.Course": "id clinic patient episode drug status started_on stopped_on version protocol_key "
    "protocol_number",
    "protocols.Protocol": "id clinic key copied_from entry_key begun_at begun_by",
    "protocols.ProtocolVersion": "id clinic protocol number state version entry_key begun_at written_by "
    "published_at reviewed_by",
    "protocols.VersionStep": "id clinic protocol_version became taken_at taken_by",
    "protocols.CourseChange": "id clinic patient course kind changed_on entry_key recorded_at recorded_by",
    "protocols.DoseStep": "id clinic patient course parent amount unit frequency mode route "
    "pulse_interval_minutes weekly_amount weekly_unit starts_on ends_on concerns entry_key ordered_at "
    "ordered_by withdrawn_at withdrawn_by",
    "monitoring.Heartbeat": "name seen_at rulebook_version rulebook_digest",
    "monitoring.Evaluation": "id clinic patient episode evaluated_version evaluated_at evaluated_on "
    "cut_offs rulebook_version axis_pattern not_evaluated calculated attempted_version attempts error",
    "monitoring.Flag": "id clinic patient episode rule_id cause rule_version severity state title message "
    "suggestion source numbers threshold missing stale nearest count basis first_seen_at last_seen_at "
    "acknowledged_at acknowledged_by ended_at version",
    "monitoring.FlagChange": "id clinic flag at by what version",
    "monitoring.Retest": "id clinic patient episode key analytes earliest_on target_on latest_on anchor_kind "
    "anchor_on reason source rule_version satisfied_by satisfied_on waived_at waived_by withdrawn_at",
    "monitoring.CutOff": "id clinic number name value typed set_by set_at",
    "monitoring.DryRun": "id clinic changes asked_by asked_at rulebook_version rulebook_digest episodes done "
    "last_episode found attempts error moved_at finished_at",
    "monitoring.Milestone": "id clinic patient episode key title reached_on sustained_on lost_on note "
    "noted_at",
    "documents.Document": "id clinic patient kind record_version content_hash code requested_at requested_by "
    "entry_key started_at rendered_at pages attempts error",
}
