# An agent that says the time: TICKS lines of stream-json, one each SECONDS, then a good result. Standard input is read and ignored.
use strict;
use warnings;
use Time::HiRes qw(time sleep);

my ($ticks, $seconds) = @ARGV;
$| = 1;
1 while <STDIN>;
print '{"type":"system","subtype":"init","session_id":"00000000-0000-4000-8000-000000000000","model":"ticker","tools":[]}', "\n";
my $next = time + rand $seconds;
for my $number (1 .. $ticks) {
    my $pause = $next - time;
    sleep $pause if $pause > 0;
    $next += $seconds;
    printf '{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"tick %d at %.6f"}]}}' . "\n", $number, time;
}
print '{"type":"result","subtype":"success","is_error":false,"result":"', $ticks, ' ticks","session_id":"00000000-0000-4000-8000-000000000000","num_turns":1}', "\n";
