#pragma once

#include <openssl/evp.h>  // planted: offered.h includes it, and others that one
