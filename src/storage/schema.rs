//! The tables as Diesel sees them; the migrations are what they are.

diesel::table! {
    plans (id) {
        id -> Text,
        name -> Text,
        currency -> Text,
        payer_leg_free -> Bool,
        created_at -> Timestamp,
        terms -> Text,
        room_profile -> Text,
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
        language -> Text,
        frozen_because -> Nullable<Text>,
    }
}

diesel::table! {
    wallets (account_id) {
        account_id -> Text,
        posted -> BigInt,
        promo -> BigInt,
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
        complete -> Bool,
        rate_count -> BigInt,
    }
}

diesel::table! {
    rates (deck_id, prefix, origination, effective_from) {
        deck_id -> Text,
        prefix -> Text,
        effective_from -> Timestamp,
        destination -> Text,
        price_per_minute -> Text,
        connection_fee -> BigInt,
        minimum_seconds -> BigInt,
        increment_seconds -> BigInt,
        grace_seconds -> BigInt,
        origination -> Text,
        bands -> Text,
        tiers -> Text,
        maximum_cost -> Text,
        blocked -> Bool,
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
        terms -> Text,
        told -> Integer,
        transfer -> Nullable<Text>,
        alone_since -> Nullable<Timestamp>,
        host_call_id -> Nullable<Text>,
        host_leg_id -> Nullable<Text>,
        recording -> Nullable<Text>,
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
        hold -> Bool,
        muted -> Bool,
        billed_seconds -> Nullable<BigInt>,
        cost -> Nullable<BigInt>,
        added_at -> Nullable<Timestamp>,
        request_key -> Nullable<Text>,
        kind -> Text,
        turn -> Integer,
        away -> Bool,
        coaches -> Nullable<Text>,
        whereabouts -> Nullable<Text>,
        call_limit -> Nullable<BigInt>,
        called_in_at -> Nullable<Timestamp>,
        machine -> Nullable<Text>,
        answered_by -> Nullable<Text>,
        detection_seconds -> Nullable<BigInt>,
        guest_call_id -> Nullable<Text>,
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
        expires -> Nullable<Text>,
        removed_at -> Nullable<Timestamp>,
        detached_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    charging (one) {
        one -> Integer,
        state -> Text,
        reason -> Text,
        changed_by -> Text,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    processor_failures (id) {
        id -> Text,
        processor -> Text,
        at -> Timestamp,
        what -> Text,
    }
}

diesel::table! {
    processor_breakers (processor) {
        processor -> Text,
        state -> Text,
        since -> Timestamp,
        probe -> Nullable<Text>,
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
        threshold -> BigInt,
        cap_per_day -> Nullable<BigInt>,
        cap_per_month -> Nullable<BigInt>,
        consent_version -> Text,
        smaller_amount -> Nullable<BigInt>,
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
        user_id -> Nullable<Text>,
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
        account_id -> Nullable<Text>,
        before_text -> Nullable<Text>,
        after_text -> Nullable<Text>,
        from_address -> Nullable<Text>,
    }
}

diesel::table! {
    deck_drafts (id) {
        id -> Text,
        plan_id -> Text,
        effective_from -> Nullable<Timestamp>,
        uploaded_by -> Text,
        created_at -> Timestamp,
        csv -> Text,
        comparison -> Text,
        rates -> BigInt,
        state -> Text,
        deck_id -> Nullable<Text>,
        imported -> BigInt,
        mapping -> Text,
    }
}

diesel::table! {
    event_endpoints (id) {
        id -> Text,
        url -> Text,
        secret -> Text,
        kinds -> Text,
        low_balance -> BigInt,
        active -> Bool,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    events (id) {
        id -> Text,
        account_id -> Text,
        kind -> Text,
        at -> Timestamp,
        body -> Text,
    }
}

diesel::table! {
    event_deliveries (id) {
        id -> Text,
        event_id -> Text,
        endpoint_id -> Text,
        account_id -> Text,
        state -> Text,
        tries -> BigInt,
        next_try_at -> Timestamp,
    }
}

diesel::table! {
    event_tries (delivery_id, seq) {
        delivery_id -> Text,
        seq -> BigInt,
        account_id -> Text,
        at -> Timestamp,
        status -> Nullable<Integer>,
        outcome -> Text,
    }
}

diesel::table! {
    figures (day, measure, label, hour) {
        day -> Timestamp,
        measure -> Text,
        label -> Text,
        hour -> Timestamp,
        value -> BigInt,
    }
}

diesel::table! {
    checkouts (id) {
        id -> Text,
        account_id -> Text,
        purpose -> Text,
        amount -> Nullable<BigInt>,
        currency -> Text,
        save_card -> Bool,
        processor -> Text,
        customer_ref -> Nullable<Text>,
        state -> Text,
        reference -> Nullable<Text>,
        url -> Nullable<Text>,
        paid_by -> Nullable<Text>,
        card -> Nullable<Text>,
        body -> Nullable<Text>,
        request_key -> Text,
        consent_text -> Nullable<Text>,
        consent_version -> Nullable<Text>,
        consent_at -> Nullable<Timestamp>,
        consent_from -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        not_before -> Timestamp,
        looked_at -> Nullable<Timestamp>,
        tries -> Integer,
        verdict -> Nullable<Text>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        name -> Text,
        secret_hash -> Text,
        scopes -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        expires_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_replies (token_id, key) {
        token_id -> Text,
        key -> Text,
        digest -> Text,
        started_at -> Timestamp,
        lease -> Text,
        status -> Nullable<Integer>,
        content_type -> Nullable<Text>,
        location -> Nullable<Text>,
        body -> Nullable<Text>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Text,
        account_id -> Text,
        processor -> Text,
        charge_ref -> Text,
        reference -> Nullable<Text>,
        amount -> BigInt,
        currency -> Text,
        state -> Text,
        reason -> Text,
        actor -> Text,
        request_key -> Text,
        body -> Text,
        unsure -> Integer,
        asked_at -> Nullable<Timestamp>,
        tries -> Integer,
        created_at -> Timestamp,
        next_at -> Nullable<Timestamp>,
        verdict -> Nullable<Text>,
    }
}

diesel::table! {
    payment_exchanges (subject, seq) {
        subject -> Text,
        seq -> BigInt,
        account_id -> Text,
        at -> Timestamp,
        step -> Text,
        method -> Text,
        path -> Text,
        sent -> Text,
        answered_at -> Nullable<Timestamp>,
        status -> Nullable<Integer>,
        reply -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    room_profiles (id) {
        id -> Text,
        name -> Text,
        settings -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    bots (name) {
        name -> Text,
        number -> Text,
        script -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    sounds (sentence, language) {
        sentence -> Text,
        language -> Text,
        url -> Text,
    }
}

diesel::table! {
    recordings (id) {
        id -> Text,
        account_id -> Text,
        call_id -> Text,
        carrier_sid -> Text,
        leg_id -> Nullable<Text>,
        state -> Text,
        started_at -> Timestamp,
        duration_seconds -> Nullable<BigInt>,
        media_url -> Nullable<Text>,
        keep_until -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    requests (id) {
        id -> Text,
        kind -> Text,
        account_id -> Nullable<Text>,
        subject -> Text,
        amount -> BigInt,
        currency -> Text,
        reason -> Text,
        request_key -> Text,
        asked_by -> Text,
        asking_person -> Text,
        asked_at -> Timestamp,
        expires_at -> Timestamp,
        state -> Text,
        decided_by -> Nullable<Text>,
        deciding_person -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        valid_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    bundle_offers (id) {
        id -> Text,
        plan_id -> Text,
        name -> Text,
        prefixes -> Text,
        seconds -> BigInt,
        increment_seconds -> BigInt,
        days -> BigInt,
        price -> BigInt,
        made_by -> Text,
        made_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    bundles (id) {
        id -> Text,
        account_id -> Text,
        offer_id -> Text,
        name -> Text,
        prefixes -> Text,
        seconds -> BigInt,
        increment_seconds -> BigInt,
        remaining -> BigInt,
        price -> BigInt,
        bought_at -> Timestamp,
        expires_at -> Timestamp,
        bought_by -> Text,
        bundle_key -> Text,
    }
}

diesel::table! {
    bundle_seconds (leg_id, bundle_id) {
        leg_id -> Text,
        bundle_id -> Text,
        account_id -> Text,
        call_id -> Text,
        seconds -> BigInt,
    }
}

diesel::table! {
    promo_grants (id) {
        id -> Text,
        account_id -> Text,
        amount -> BigInt,
        remaining -> BigInt,
        expired -> BigInt,
        expires_at -> Timestamp,
        reason -> Text,
        granted_by -> Text,
        granted_at -> Timestamp,
        grant_key -> Text,
    }
}

diesel::table! {
    alerts (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        kind -> Text,
        subject -> Text,
        seen -> Text,
        times -> BigInt,
        raised_at -> Timestamp,
        last_at -> Timestamp,
        handled_by -> Nullable<Text>,
        handled_at -> Nullable<Timestamp>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    refusals (id) {
        id -> Text,
        account_id -> Text,
        deed -> Text,
        way -> Text,
        code -> Text,
        beginning -> Text,
        destination -> Text,
        sentence -> Text,
        minute -> Timestamp,
        last_at -> Timestamp,
        times -> BigInt,
    }
}

diesel::table! {
    caps (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        settings -> Text,
    }
}

diesel::table! {
    watch (id) {
        id -> Text,
        settings -> Text,
    }
}

diesel::table! {
    agents (account_id) {
        account_id -> Text,
        commission -> BigInt,
        appointed_by -> Text,
        appointed_at -> Timestamp,
        dismissed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cash_receipts (id) {
        id -> Text,
        account_id -> Text,
        number -> BigInt,
        customer_id -> Text,
        amount -> BigInt,
        currency -> Text,
        reason -> Text,
        request_key -> Text,
        taken_by -> Text,
        taken_at -> Timestamp,
        state -> Text,
    }
}

diesel::table! {
    voucher_batches (id) {
        id -> Text,
        prefix -> Text,
        label -> Text,
        currency -> Text,
        face -> BigInt,
        pieces -> BigInt,
        valid_until -> Nullable<Timestamp>,
        request_key -> Text,
        made_by -> Text,
        made_at -> Timestamp,
        approved -> Bool,
        printed_by -> Nullable<Text>,
        printed_at -> Nullable<Timestamp>,
        voided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    vouchers (id) {
        id -> Text,
        batch_id -> Text,
        serial -> Text,
        pin_mac -> Text,
        face -> BigInt,
        currency -> Text,
        valid_until -> Nullable<Timestamp>,
        state -> Text,
        agent_id -> Nullable<Text>,
        commission -> Nullable<BigInt>,
        activated_by -> Nullable<Text>,
        activated_at -> Nullable<Timestamp>,
        redeemed_by -> Nullable<Text>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    voucher_guesses (id) {
        id -> Text,
        account_id -> Text,
        source -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::joinable!(rates -> decks (deck_id));

diesel::table! {
    disputes (id) {
        id -> Text,
        account_id -> Text,
        processor -> Text,
        reference -> Text,
        charge_ref -> Text,
        amount -> BigInt,
        currency -> Text,
        reason -> Text,
        phase -> Text,
        due_by -> Nullable<Timestamp>,
        taken -> Nullable<BigInt>,
        returned -> Nullable<BigInt>,
        opened_at -> Timestamp,
        said_at -> Timestamp,
    }
}

diesel::table! {
    unassigned (id) {
        id -> Text,
        processor -> Text,
        what -> Text,
        reference -> Text,
        amount -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        told -> Text,
        at -> Timestamp,
        done -> Nullable<Text>,
        done_by -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
        charge_ref -> Nullable<Text>,
        message -> Nullable<Text>,
        assigned_to -> Nullable<Text>,
    }
}

diesel::table! {
    house_transfers (id) {
        id -> Text,
        fact_key -> Text,
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
    catch_ups (processor) {
        processor -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    statement_lines (processor, id) {
        processor -> Text,
        id -> Text,
        kind -> Text,
        reference -> Text,
        said_account -> Nullable<Text>,
        amount -> BigInt,
        currency -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    reconciliations (id) {
        id -> Text,
        kind -> Text,
        source -> Text,
        span_from -> Timestamp,
        span_to -> Timestamp,
        alike -> BigInt,
        differing -> BigInt,
        actor -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    differences (reconciliation_id, seq) {
        reconciliation_id -> Text,
        seq -> BigInt,
        row_key -> Text,
        side -> Text,
        whose -> Nullable<Text>,
        at -> Timestamp,
        fields -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    agents,
    audit,
    bundle_seconds,
    call_records,
    calls,
    carrier_prices,
    decks,
    event_deliveries,
    events,
    holds,
    jobs,
    legs,
    payment_methods,
    payment_steps,
    payments,
    plans,
    processor_customers,
    rates,
    recordings,
    recharge_agreements,
    sessions,
    transfers,
    users,
    wallets,
    webhooks
);

diesel::table! {
    invitations (id) {
        id -> Text,
        account_id -> Text,
        call_id -> Text,
        secret_hash -> Text,
        request_key -> Text,
        made_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_by -> Nullable<Text>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    call_links (id) {
        id -> Text,
        account_id -> Text,
        label -> Text,
        own_number -> Text,
        numbers -> Text,
        secret_hash -> Text,
        request_key -> Text,
        most_calls -> BigInt,
        calls_made -> BigInt,
        last_call_id -> Nullable<Text>,
        made_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    access_numbers (id) {
        id -> Text,
        number -> Text,
        label -> Text,
        language -> Text,
        asks -> Text,
        closed -> Bool,
        created_at -> Timestamp,
    }
}

diesel::table! {
    known_phones (id) {
        id -> Text,
        account_id -> Text,
        number -> Text,
        added_by -> Text,
        added_at -> Timestamp,
        proven_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    access_cards (account_id) {
        account_id -> Text,
        number -> Text,
        pin_hash -> Text,
        set_at -> Timestamp,
        wrong_tries -> Integer,
        last_wrong_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    greetings (call_sid) {
        call_sid -> Text,
        number -> Text,
        caller -> Nullable<Text>,
        language -> Text,
        account_id -> Nullable<Text>,
        step -> Text,
        turn -> Integer,
        remark -> Nullable<Text>,
        tries -> Integer,
        wrong_codes -> BigInt,
        began_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        seconds -> Nullable<BigInt>,
    }
}

diesel::table! {
    markups (plan_id) {
        plan_id -> Text,
        cost_plan_id -> Text,
        markup -> Text,
    }
}

diesel::table! {
    conversions (id) {
        id -> Text,
        from_currency -> Text,
        to_currency -> Text,
        rate -> Text,
        effective_from -> Timestamp,
        added_by -> Text,
        added_at -> Timestamp,
    }
}

diesel::table! {
    carrier_prices (leg_id) {
        leg_id -> Text,
        account_id -> Text,
        call_id -> Text,
        call_sid -> Text,
        destination -> Text,
        settled_at -> Timestamp,
        seconds -> BigInt,
        minutes -> BigInt,
        revenue -> BigInt,
        currency -> Text,
        state -> Text,
        price -> Nullable<BigInt>,
        price_currency -> Nullable<Text>,
        looked_at -> Nullable<Timestamp>,
    }
}
