# Asks the real SpamAssassin which tests it finds: one message path a line on standard input, one answer a line on
# standard output, "path TAB tests TAB sub-tests TAB score". Local tests only, no learned data, no user preferences,
# so that the answer depends on nothing but the rules and the message.
use strict;
use warnings;
use Mail::SpamAssassin;
use File::Temp qw(tempdir);

my $home = tempdir(CLEANUP => 1);
my $reference = Mail::SpamAssassin->new({
  local_tests_only => 1, dont_copy_prefs => 1, userstate_dir => $home, home_dir_for_helpers => $home,
  rules_filename => '/usr/share/spamassassin', site_rules_filename => '/etc/spamassassin',
  userprefs_filename => "$home/none", post_config_text => "use_bayes 0\nuse_auto_whitelist 0\n",
});
$reference->init(1);
$| = 1;
while (my $path = <STDIN>) {
  chomp $path;
  open(my $file, '<:raw', $path) or die "$path: $!";
  # The end of lines is what it was again before SpamAssassin runs: it counts on it.
  my $bytes = do { local $/; <$file> };
  close($file);
  my $message = $reference->parse($bytes, 1);
  my $status = $reference->check($message);
  print join("\t", $path, $status->get_names_of_tests_hit(), $status->get_names_of_subtests_hit(),
    $status->get_score()), "\n";
  $status->finish();
  $message->finish();
}
