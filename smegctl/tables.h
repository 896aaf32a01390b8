// Parts of the table of commands that are kept in files of their own.
#pragma once

namespace smeg::ctl {

class Grammar;

void add_looking(Grammar& to);  // peers, whois, wait, health, metrics
void add_drawing(Grammar& to);  // query, visualise
void add_debug(Grammar& to);    // debug bundle
void add_config(Grammar& to);   // config check, show, diff
void add_completion(Grammar& to);
void add_older(Grammar& to);  // the names that commands once had

}  // namespace smeg::ctl
