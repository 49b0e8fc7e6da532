//! The tables as Diesel sees them; the migrations are what they are.

diesel::table! {
    plans (id) {
        id -> Text,
        name -> Text,
        currency -> Text,
        payer_leg_free -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        email -> Text,
        plan_id -> Text,
        currency -> Text,
        status -> Text,
        own_number -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    wallets (account_id) {
        account_id -> Text,
        posted -> BigInt,
        reserved -> BigInt,
        debt -> BigInt,
    }
}

diesel::table! {
    users (id) {
        id -> Text,
        email -> Text,
        password_hash -> Text,
        role -> Text,
        account_id -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    decks (id) {
        id -> Text,
        plan_id -> Text,
        effective_from -> Timestamp,
        uploaded_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    rates (deck_id, prefix, effective_from) {
        deck_id -> Text,
        prefix -> Text,
        effective_from -> Timestamp,
        destination -> Text,
        price_per_minute -> Text,
        connection_fee -> BigInt,
        minimum_seconds -> BigInt,
        increment_seconds -> BigInt,
        grace_seconds -> BigInt,
    }
}

diesel::table! {
    transfers (id) {
        id -> Text,
        fact_key -> Text,
        account_id -> Text,
        debit -> Text,
        credit -> Text,
        amount -> BigInt,
        currency -> Text,
        note -> Text,
        actor -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    calls (id) {
        id -> Text,
        account_id -> Text,
        request_key -> Text,
        room -> Text,
        phase -> Text,
        end_reason -> Nullable<Text>,
        created_at -> Timestamp,
        started_at -> Nullable<Timestamp>,
        deadline -> Nullable<Timestamp>,
        extension -> Integer,
        checkpoint_at -> Nullable<Timestamp>,
        warned -> Bool,
        conference_sid -> Nullable<Text>,
        records -> BigInt,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    legs (id) {
        id -> Text,
        call_id -> Text,
        account_id -> Text,
        position -> Integer,
        role -> Text,
        number -> Text,
        rate -> Text,
        call_sid -> Nullable<Text>,
        state -> Text,
        ended_how -> Nullable<Text>,
        carrier_seconds -> Nullable<BigInt>,
        started_at -> Nullable<Timestamp>,
        authorised_until -> Nullable<Timestamp>,
        served -> Nullable<Integer>,
        joined -> Bool,
        restore_hold -> Bool,
        restore_muted -> Bool,
        billed_seconds -> Nullable<BigInt>,
        cost -> Nullable<BigInt>,
        added_at -> Nullable<Timestamp>,
        request_key -> Nullable<Text>,
    }
}

diesel::table! {
    holds (call_id) {
        call_id -> Text,
        account_id -> Text,
        amount -> BigInt,
        charged -> Nullable<BigInt>,
    }
}

diesel::table! {
    call_records (call_id, seq) {
        call_id -> Text,
        seq -> BigInt,
        account_id -> Text,
        at -> Timestamp,
        record -> Text,
    }
}

diesel::table! {
    processor_customers (account_id, processor) {
        account_id -> Text,
        processor -> Text,
        customer_ref -> Text,
    }
}

diesel::table! {
    payment_methods (id) {
        id -> Text,
        account_id -> Text,
        processor -> Text,
        method_ref -> Text,
        label -> Text,
        position -> Integer,
        usable -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    recharge_agreements (account_id) {
        account_id -> Text,
        amount -> BigInt,
        most_per_day -> BigInt,
        most_per_month -> BigInt,
        paused_because -> Nullable<Text>,
        consent_text -> Text,
        consent_at -> Timestamp,
        consent_from -> Text,
    }
}

diesel::table! {
    payments (id) {
        id -> Text,
        account_id -> Text,
        call_id -> Nullable<Text>,
        method_id -> Text,
        processor -> Text,
        customer_ref -> Text,
        amount -> BigInt,
        currency -> Text,
        state -> Text,
        reference -> Nullable<Text>,
        create_body -> Text,
        confirm_body -> Text,
        confirm -> Integer,
        tries -> Integer,
        useful_until -> Timestamp,
        not_before -> Timestamp,
        created_at -> Timestamp,
        verdict -> Nullable<Text>,
        verdict_class -> Nullable<Text>,
    }
}

diesel::table! {
    payment_steps (payment_id, seq) {
        payment_id -> Text,
        seq -> BigInt,
        account_id -> Text,
        at -> Timestamp,
        step -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    jobs (key) {
        key -> Text,
        kind -> Text,
        payload -> Text,
        due_at -> Timestamp,
        leased_until -> Nullable<Timestamp>,
        lease -> Nullable<Text>,
        attempts -> Integer,
        version -> BigInt,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    webhooks (source, message) {
        source -> Text,
        message -> Text,
        received_at -> Timestamp,
        path -> Text,
        body -> Text,
    }
}

diesel::table! {
    sessions (key_hash) {
        key_hash -> Text,
        state -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    audit (id) {
        id -> Text,
        at -> Timestamp,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
    }
}

diesel::joinable!(rates -> decks (deck_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    audit,
    call_records,
    calls,
    decks,
    holds,
    jobs,
    legs,
    payment_methods,
    payment_steps,
    payments,
    plans,
    processor_customers,
    rates,
    recharge_agreements,
    sessions,
    transfers,
    users,
    wallets,
    webhooks
);
