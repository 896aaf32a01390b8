#pragma once

#include "crypto/inner.h"
