// QR codes (ISO/IEC 18004) for a terminal.
#pragma once

#include <string>

#include "control/control.h"

namespace smeg::ctl {

// The code of a text, drawn dark on light whatever the terminal's colours, two rows of it in each line; ends with a
// newline. What it is drawn of is as secret as the text. Fails with too_large where the text fits into no code.
Result<control::SecretText> draw_qr(const control::SecretText& text);

}  // namespace smeg::ctl
