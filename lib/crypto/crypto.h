// Keys, signatures, hashes and authenticated encryption. libsodium and OpenSSL stay in the .cc files.
#pragma once

#include "crypto/aead.h"
#include "crypto/blake2s.h"
#include "crypto/encoding.h"
#include "crypto/hash.h"
#include "crypto/keys.h"
#include "crypto/seal.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "crypto/verdicts.h"
#include "crypto/x25519.h"
#include "crypto/x509.h"
