#pragma once  // planted: a folder without a row
