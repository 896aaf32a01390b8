// Who may be in a mesh. Everything here is pure: time, chance and keys are arguments, effects are return values, and
// whoever calls persists and sends. Nothing is thread-safe; the core's one thread calls.
//
// A mesh is founded:
//   RootAuthority::create -> genesis, mesh id; Ledger(genesis); authority.delegate(...) -> Item -> ledger.apply;
//   Issuer::issue_own -> Certificate.                                     (found_mesh does these in one go.)
// A host joins:
//   the issuer: create_invite -> Invite -> to_token;   the joiner: Invite::parse, make_join_request over the TLS
//   exporter;   the issuer: redeem -> Admitted -> persist -> answer;   the joiner: accept_admission -> Ledger,
//   Certificate.
// A session or a record comes in:
//   Certificate::parse, ledger.check; then settle() where two claim one address, alias or number.
#pragma once

#include "trust/authority.h"
#include "trust/certificate.h"
#include "trust/credential.h"
#include "trust/founding.h"
#include "trust/genesis.h"
#include "trust/grant.h"
#include "trust/invite.h"
#include "trust/issuer.h"
#include "trust/item.h"
#include "trust/join.h"
#include "trust/ledger.h"
#include "trust/removal.h"
#include "trust/seniority.h"
#include "trust/statement.h"
