using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy;
using Xunit;

namespace McpWorkers.Tests.Requests.Policy;

/// <summary>Programs that are allowed, or not denied, and are told to run others or to write files.</summary>
public sealed class HostileOptionTests
{
    public static TheoryData<string> Running =>
    [
        .. """
        git log --output=/home/me/.bashrc
        git diff --output f
        git diff --outpu=f
        git ls-remote --upload-pa='rm x' .
        git ls-remote --exe='rm x' .
        git fetch --upload-p='rm x'
        git push --receive='rm x' o
        git clone -u 'rm x' . y
        git clone -qu 'rm x' . y
        git clone ext::'rm x' y
        git -c core.pager='rm x' log
        git -ccore.pager=rm log
        git --config-env=core.pager=X log
        git config alias.x '!rm'
        git config Alias.X '!rm'
        git config --rename-section foo alias
        git config core.hooksPath x
        git config remote.o.uploadpack rm
        git rebase -x 'rm x' m
        git rebase --exec='rm x' m
        git grep -Orm x
        git grep --open-files='rm' x
        git archive -o f HEAD
        git archive -of HEAD
        git format-patch -o /tmp HEAD
        git format-patch --output-dir=/tmp HEAD
        git submodule foreach 'rm x'
        git bisect run rm x
        git send-email --sendmail-cmd='rm x' f
        git difftool --extc='rm x'
        git init --templ=evil
        git log $X
        git log $(echo --output=f)
        git log "$X"
        git $X
        git log *
        sed 's,x,rm y,e' f
        sed 's#x#rm y#ge' f
        sed '1!e rm x' f
        sed '1,3e rm x' f
        sed '/x/e rm x' f
        sed '\,x,e rm x' f
        sed 's/a/b/;e rm x' f
        sed 's/[/]/rm x/e' f
        sed '{e rm x⏎}' f
        sed 's,a,b,w out' f
        sed '$!w out' f
        sed 'W out' f
        sed 'r /etc/shadow' f
        sed -e 1p -e 1erm f
        sed -ne '1e rm x' f
        sed -n1erm f
        sed --expr='1e rm x' f
        sed --expr '1e rm x' f
        sed -f script f
        sed --fil=script f
        sed -nf script f
        sed "$X" f
        sed "s/x/$Y/" f
        sed 's/a/b/' $X
        sed 'a text⏎e rm x' f
        sed ':a;ba;e rm x' f
        sed -i '' 's,x,rm y,e' f
        awk 'BEGIN{system("rm x")}'
        awk 'BEGIN{"rm x"|getline}'
        awk 'BEGIN{print 1 > "f"}'
        gawk 'BEGIN{f="sys" "tem"; @f("rm x")}'
        gawk --load=x 1 f
        gawk -lx 1 f
        gawk -ix 1 f
        gawk -E f
        mawk -W exec f
        awk "$X" f
        tar xf x --to-comm='rm x'
        tar xf x --checkpoint-act=exec=rm
        tar cf x y --use-comp='rm'
        tar cfI x 'rm y' z
        tar cf host:x y
        tar cf x *
        sort --compress-p='rm' f
        sort -o /home/me/.bashrc f
        sort -uo f g
        sort --outp=f g
        rsync -e 'rm x' a b
        rsync --rsh='rm x' a b
        rsync -avM--rsh=x a b
        find . -delete
        find . -ok rm {} ;
        find . -fprint f
        find . -fprintf f x
        find . $(echo -delete)
        fd -x rm
        fd x --exec-b rm
        perl '-MPOSIX;system("rm x")' f
        perl -ne 'unlink' f
        perl - x
        python - x
        python3 /dev/stdin x
        node --impor=x f
        python $X
        vim -c '!rm x'
        less f
        man -P 'rm x' y
        rg --pre rm x
        make SHELL=rm
        make --eva='$(shell rm x)'
        make -E '$(shell rm x)'
        make -f- x
        make CC='rm x'
        wget -e use_askpass=rm x
        wget --use-ask=rm x
        sqlite3 f '.shell rm x'
        split --filt='rm x' f
        gcc -wrapper rm x.c
        env -S'rm x'
        env --split='rm x'
        """.Split('\n').Select(row => row.Replace('⏎', '\n')),
    ];

    [Theory]
    [MemberData(nameof(Running))]
    public void A_rule_with_a_star_does_not_cover_what_else_an_option_runs(string command)
    {
        string program = command[..command.IndexOf(' ', StringComparison.Ordinal)];
        var decision = PolicyCase.Run($"allow {program} *|allow echo *", command);

        Assert.True(decision.Kind == PolicyDecisionKind.Ask, $"{decision} for {command}");
    }

    [Theory]
    [InlineData("git log --oneline -5 --stat --cc")]
    [InlineData("git diff --cached --color=never src/core.c")]
    [InlineData("git push -u origin x")]
    [InlineData("git config user.name me")]
    [InlineData("git commit -m \"$(cat <<'EOF'\nwork, even ours\nEOF\n)\"")]
    [InlineData("git add *")]
    [InlineData("git add src/*.c")]
    [InlineData("sed -n 1,20p f")]
    [InlineData("sed 's/a/we/g;s,x,y e w,' f")]
    [InlineData("sed -E -i.bak -e 's/[^/]*$//' -e '/^#/d;$!N' f")]
    [InlineData("sed --quiet '/[[:space:]/]x/,$p' f")]
    [InlineData("sed -n '/one/,/two/{p;q}' src/*.c")]
    [InlineData("sed ':a;N;$!ba;s/\\n/ /g' f")]
    [InlineData("sed '1i where' f")]
    [InlineData("awk -F: -v x=1 '{print $1, x}' f")]
    [InlineData("tar cf INSTALL.tar README")]
    [InlineData("tar -xzf x.tar.gz -C out2")]
    [InlineData("sort -u -k 2 f")]
    [InlineData("find src -name '*.c' -type f")]
    [InlineData("make -j4 all CI=1")]
    [InlineData("make -j$(nproc) all")]
    [InlineData("go test ./... -run X")]
    [InlineData("python -m pytest tests")]
    [InlineData("rsync -av a b")]
    public void What_only_does_its_work_stays_allowed(string command)
    {
        string program = command[..command.IndexOf(' ', StringComparison.Ordinal)];
        var decision = PolicyCase.Run($"allow {program} *|allow cat *|allow nproc", command);

        Assert.True(decision.Kind == PolicyDecisionKind.Allow, $"{decision} for {command}");
    }

    [Theory]
    [InlineData("GIT_SSH_COMMAND='rm x' git fetch", "Deny")]
    [InlineData("GIT_PAGER=rm git log", "Deny")]
    [InlineData("PAGER='less; rm x' man y", "Deny")]
    [InlineData("env GIT_PAGER='rm x' git log", "Deny")]
    [InlineData("sudo EDITOR='rm x' crontab", "Deny")]
    [InlineData("export GIT_EDITOR='rm x'", "Deny")]
    [InlineData("ssh -o ProxyCommand='rm x' h", "Deny")]
    [InlineData("ssh -oProxyCommand='rm x' h", "Deny")]
    [InlineData("env -S'rm x'", "Deny")]
    [InlineData("su -c'rm x'", "Deny")]
    [InlineData("su --command='rm x'", "Deny")]
    [InlineData("alias y='rm x'", "Deny")]
    [InlineData("git -c alias.y='!rm x' y", "Deny")]
    [InlineData("ssh-agent rm x", "Deny")]
    [InlineData("GIT_CONFIG_KEY_0=core.pager git log", "Ask")]
    [InlineData("BASH_ENV=x bash y.sh", "Ask")]
    [InlineData("PAGER=$X git log", "Ask")]
    [InlineData("PROMPT_COMMAND=$X", "Ask")]
    [InlineData("su -crm", "Ask")]
    [InlineData("ssh -F x h", "Ask")]
    [InlineData("git $X y", "Ask")]
    [InlineData("awk $X y", "Ask")]
    [InlineData("python - y", "Ask")]
    [InlineData("echo x | bash /dev/stdin", "Ask")]
    [InlineData("echo x | source /dev/stdin", "Ask")]
    [InlineData("source <(echo x)", "Ask")]
    [InlineData("sed 's,x,y,e' f", "Ask")]
    [InlineData("GIT_PAGER=cat git log", "Allow")]
    [InlineData("GIT_AUTHOR_NAME='rm x' git commit", "Allow")]
    [InlineData("EDITOR=true git commit --amend", "Allow")]
    [InlineData("FOO='rm x' make", "Allow")]
    [InlineData("git log $X", "Allow")]
    [InlineData("sed 's/a/b/' f", "Allow")]
    public void A_denied_command_is_looked_for_where_another_would_run_it(string command, string expected)
    {
        var decision = PolicyCase.Run("deny rm *", command, AutonomyLevel.Autonomous);

        Assert.True(decision.Kind.ToString() == expected, $"{decision} for {command}");
    }

    [Fact]
    public void A_rule_that_names_a_variable_with_its_value_covers_it() =>
        Assert.Equal(PolicyDecisionKind.Allow, PolicyCase.Run("allow GIT_PAGER=less git log", "GIT_PAGER=less git log").Kind);
}
