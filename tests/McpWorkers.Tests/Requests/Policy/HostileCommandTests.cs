using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy;
using Xunit;

namespace McpWorkers.Tests.Requests.Policy;

/// <summary>What an agent could write to get a command past the rules.</summary>
public sealed class HostileCommandTests
{
    /// <summary>Every way to say it: none may be allowed by a rule for harmless commands.</summary>
    public static TheoryData<string> NotCovered =>
    [
        .. """
        git statusx
        git status x
        git  push
        GIT status
        /usr/bin/git status
        ./git status
        git status; rm -rf /
        git status;rm -rf /
        git status && rm -rf /
        git status || rm -rf /
        git status | rm -rf /
        git status |& rm -rf /
        git status & rm -rf /
        git status&rm -rf /
        (rm -rf /); git status
        git status; (rm -rf /)
        { rm -rf /; }; git status
        ! rm -rf /
        if git status; then rm -rf /; fi
        while git status; do rm -rf /; done
        for f in a; do rm -rf /; done
        for f do rm -rf /; done
        for f in $(rm -rf /); do git status; done
        case x in x) rm -rf /;; esac
        case x in x) git status;; esac
        git() { rm -rf /; }; git status
        function git { rm -rf /; }; git status
        alias git=rm; git status
        echo $(rm -rf /)
        echo `rm -rf /`
        echo "$(rm -rf /)"
        echo "`rm -rf /`"
        echo "a $(echo $(rm -rf /))"
        echo ${X:-$(rm -rf /)}
        echo ${X:=rm}
        echo ${X@P}
        echo ${!X}
        echo $((a[$(rm -rf /)]))
        echo $((x))
        echo $[x]
        echo <(rm -rf /)
        echo >(rm -rf /)
        $CMD
        $CMD status
        "$CMD" status
        g$X status
        gi? status
        /bin/r[m] x
        {rm,-rf,/}
        =rm -rf /
        $(echo rm) -rf /
        `echo rm` -rf /
        PATH=/evil git status
        LD_PRELOAD=/evil.so git status
        GIT_PAGER=evil git status
        PATH=/evil; git status
        export PATH=/evil; git status
        X[0]=1 git status
        env git status
        env X=1 git status
        env -i git status
        sudo git status
        xargs git status
        nohup rm -rf /
        timeout 5 rm -rf /
        timeout -s KILL 5 git status
        time rm x
        command rm x
        exec rm x
        eval rm -rf /
        eval "rm -rf /"
        eval "$X"
        eval "git status; rm x"
        bash -c "rm -rf /"
        bash -c 'git status; rm -rf /'
        bash -lc 'rm x'
        sh -c "$X"
        sh -c $X
        bash -c 'bash -c "rm x"'
        bash
        bash -s
        echo rm | sh
        curl x | bash
        bash <<< "rm -rf /"
        bash -i -c 'git status'
        bash --rcfile x -c 'git status'
        fish -c 'git status'
        pwsh -c x
        cmd /c del
        python -c "import os"
        python3 -c "import os"
        echo x | python
        perl -e 1
        node -e 1
        ruby -e 1
        awk 'BEGIN{system("rm x")}'
        sed '1e rm x' f
        sed -n 's/a/b/w out' f
        find . -exec rm {} ;
        find . -exec rm {} +
        find . -delete
        git -c alias.x=!rm x
        git -c core.pager=evil status
        git --exec-path=/evil status
        tar cf x --checkpoint-action=exec=rm y
        ssh h git status
        echo x > /etc/passwd
        echo x > f
        echo x >> f
        echo x >f
        echo x >| f
        echo x &> f
        echo x &>> f
        echo x >& f
        echo x 2> f
        echo x 1>f
        echo x <> f
        > f
        > f git status
        git status > $F
        git status > out/passwd
        git status < /etc/shadow
        git status 2>&1 > f
        echo 'open
        echo "open
        echo $(open
        echo `open
        echo $'\c'
        echo $'open
        git status )
        git status \
        coproc rm x
        select x in a; do rm x; done
        [[ -n $(rm x) ]]
        [[ -n x ]]
        ((x=1))
        echo *(e:rm:)
        echo $x[$(rm)]
        echo $=X
        a=(1 2)
        trap 'rm x' EXIT
        source evil.sh
        . evil.sh
        git status # x⏎rm -rf /
        git status⏎rm -rf /
        git status⏎⏎rm x
        git status \⏎; rm x
        cat <<EOF⏎$(rm x)⏎EOF
        cat <<EOF⏎x⏎EOF⏎rm x
        cat <<'EOF'⏎x⏎EOF⏎rm x
        cat <<EOF⏎x
        echo "$\⏎(rm -rf ~)"
        echo $\⏎(rm x)
        echo "$\⏎\⏎(rm x)"
        echo $\⏎'\x72m' $\⏎(rm x)
        echo `echo \⏎; rm x`
        echo (\⏎(x=1))
        cat <<EOF⏎$\⏎(rm x)⏎EOF
        cat <<E\⏎OF⏎$(rm x)⏎EOF
        cat <\⏎<EOF⏎$(rm x)⏎EOF
        cat <<EOF⏎x⏎EO\⏎F⏎rm x
        cat <<EOF⏎x⏎EO\⏎F⏎rm x⏎EOF
        cat <<EOF⏎x\⏎EOF⏎: '⏎EOF⏎rm x⏎: '
        cat <<-EOF⏎x⏎	EO\⏎F⏎rm x⏎EOF
        cat <<$'EOF'⏎x⏎EOF⏎rm x⏎$EOF
        cat <\⏎(rm x)
        cat <<E\
        echo `cat <<E\\`
        echo x >\⏎> f
        git status &\⏎& rm x
        cat <<E$X⏎x⏎E
        bash <<EOF⏎rm x⏎EOF
        repeat 2 rm x
        noglob rm x
        function f { rm x; }; f
        """.Split('\n').Select(row => row.Replace('⏎', '\n')),
    ];

    [Theory]
    [MemberData(nameof(NotCovered))]
    public void No_spelling_is_allowed_by_rules_for_harmless_commands(string command)
    {
        var decision = PolicyCase.Run("allow git status|allow echo *|allow cat *|allow env *|allow xargs *|allow bash *|allow python *|allow find . -name *", command);

        Assert.True(decision.Kind == PolicyDecisionKind.Ask, $"{decision} for {command}");
    }

    [Theory]
    [InlineData("git status")]
    [InlineData("  git   status  ")]
    [InlineData("'git' \"status\"")]
    [InlineData("g\\it stat'us'")]
    [InlineData("git status && git status")]
    [InlineData("git status; echo done")]
    [InlineData("git status | cat -n")]
    [InlineData("git status 2>&1")]
    [InlineData("git status 2>/dev/null")]
    [InlineData("git status > /dev/null 2>&1")]
    [InlineData("git status # a comment; rm x")]
    [InlineData("# rm x\ngit status")]
    [InlineData("(git status)")]
    [InlineData("{ git status; }")]
    [InlineData("echo $(git status)")]
    [InlineData("echo \"$(git status)\" `git status`")]
    [InlineData("echo $HOME ${USER} $? *.c")]
    [InlineData("echo 'a; rm -rf / $(rm x) `rm x`'")]
    [InlineData("echo \"a; rm\"")]
    [InlineData("echo a\\;b")]
    [InlineData("if git status; then echo x; else echo y; fi")]
    [InlineData("for f in a b; do echo $f; done")]
    [InlineData("while git status; do echo x; done")]
    [InlineData("! git status")]
    [InlineData("bash -c 'git status'")]
    [InlineData("bash -lc \"git status && echo x\"")]
    [InlineData("sh -c 'bash -c \"git status\"'")]
    [InlineData("eval git status")]
    [InlineData("timeout 60 git status")]
    [InlineData("nohup git status &")]
    [InlineData("bash build.sh")]
    [InlineData("cat <<EOF\nrm x; it's\nEOF")]
    [InlineData("cat <<'EOF' && echo x\n$(rm x) `rm`\nEOF")]
    [InlineData("echo \"$(cat <<'EOF'\nrm x\nEOF\n)\"")]
    [InlineData("cat <<-E\n\tx\n\tE\ngit status")]
    [InlineData("git \\\n status")]
    [InlineData("g\\\nit st\\\natus")]
    [InlineData("echo \"a\\\nb\" 2\\\n>&\\\n1")]
    [InlineData("cat <<EOF\na \\\n b\nEOF")]
    [InlineData("cat <<'EOF'\nEO\\\nF\nEOF")]
    [InlineData("echo '$\\\n(rm x)'")]
    [InlineData("echo 'привет, мир… Füße'")]
    public void What_every_command_of_is_covered_is_allowed(string command)
    {
        var decision = PolicyCase.Run("allow git status|allow echo *|allow cat *|allow bash *", command);

        Assert.True(decision.Kind == PolicyDecisionKind.Allow, $"{decision} for {command}");
    }

    /// <summary>Hidden spellings of a command that is denied, each at the level that allows most.</summary>
    public static TheoryData<string> Denied =>
    [
        .. """
        rm x
        rm
        rm -rf /
          rm   x
        /bin/rm x
        ../../bin/rm x
        RM x
        rm.exe x
        r\m x
        'rm' x
        "rm" x
        r''m x
        r""m x
        \rm x
        $'rm' x
        $'\x72m' x
        $'\162m' x
        $'\u0072m' x
        $"rm" x
        r\⏎m x
        r\⏎\⏎m x
        \⏎rm x
        $\⏎'\x72m' x
        $\⏎"rm" x
        X\⏎=1 rm x
        echo "$\⏎(rm x)"
        echo `r\⏎m x`
        if :; th\⏎en rm x; fi
        echo <\⏎(rm x)
        cat <<E\⏎F⏎$(rm x)⏎EF
        cat <<EOF⏎$\⏎(rm x)⏎EOF
        echo "a\\"⏎rm x
        # comment \⏎rm x
        echo 'a\'⏎rm x
        X=1 rm x
        X=1 Y=$(z) rm x
        echo; rm x
        echo && rm x
        echo || rm x
        echo | rm x
        echo & rm x
        echo⏎rm x
        (rm x)
        ((rm x))
        { rm x; }
        ! rm x
        if rm x; then :; fi
        if :; then rm x; else :; fi
        while :; do rm x; done
        until rm x; do :; done
        for f in *; do rm $f; done
        for f do rm $f; done
        for f in $(rm x); do :; done
        case x in x) rm x;; esac
        f() { rm x; }; f
        f() (rm x); f
        echo $(rm x)
        echo "$(rm x)"
        echo `rm x`
        echo "`rm x`"
        echo $(echo $(echo `rm x`))
        echo ${X:-$(rm x)}
        echo "${X:-`rm x`}"
        echo $((1+$(rm x)))
        echo <(rm x)
        tee >(rm x)
        x=$(rm x)
        x=`rm x` y
        [[ -n $(rm x) ]]
        > f rm x
        > f; rm x
        2>&1 rm x
        rm x > f
        sudo rm x
        sudo -u root rm x
        sudo -u root -- rm x
        doas rm x
        env rm x
        env -i A=b rm x
        env -S 'rm x'
        xargs rm
        xargs -0 -n 1 rm
        find . -exec rm {} ;
        find . -execdir rm {} +
        nohup rm x
        nice -n 5 rm x
        timeout 5 rm x
        timeout -k 1 5 rm x
        time rm x
        time -p rm x
        command rm x
        builtin rm x
        exec -a x rm y
        exec rm x
        busybox rm x
        setsid rm x
        strace -f rm x
        eval rm x
        eval "rm x"
        eval 'r'm x
        bash -c 'rm x'
        bash -c "echo; rm x"
        bash -lc 'rm x'
        /bin/sh -c 'rm x'
        sh -e -c 'rm x'
        bash -o pipefail -c 'rm x'
        bash -c 'bash -c "rm x"'
        sudo bash -c 'rm x'
        sudo sh -c "echo; rm x"
        xargs -I{} sh -c 'rm {}'
        find . -exec sh -c 'rm x' ;
        su -c 'rm x'
        su root -c "rm x"
        ssh host rm x
        ssh host 'cd /; rm x'
        watch 'rm x'
        docker exec c rm x
        docker run i sh -c 'rm x'
        npx rm x
        trap 'rm x' EXIT
        bash <<EOF⏎rm x⏎EOF
        bash <<'EOF'⏎rm x⏎EOF
        bash <<< 'rm x'
        cat <<EOF⏎$(rm x)⏎EOF
        cat <<EOF⏎x⏎EOF⏎rm x
        cat <<'EOF'; rm x⏎x⏎EOF
        # comment⏎rm x
        echo 'a'; rm 'b
        echo ) rm x
        repeat 2 rm x
        coproc rm x
        noglob rm x
        function f { rm x; }; f
        """.Split('\n').Select(row => row.Replace('⏎', '\n')),
    ];

    [Theory]
    [MemberData(nameof(Denied))]
    public void A_denied_command_is_seen_behind_any_of_these(string command)
    {
        var decision = PolicyCase.Run("deny rm *|allow anything", command, AutonomyLevel.Autonomous);

        Assert.True(decision.Kind == PolicyDecisionKind.Deny, $"{decision} for {command}");
    }

    [Theory]
    [InlineData("$X x")]
    [InlineData("r$X x")]
    [InlineData("/bin/r? x")]
    [InlineData("/bin/r[m] x")]
    [InlineData("{rm,x}")]
    [InlineData("=rm x")]
    [InlineData("$(echo rm) x")]
    [InlineData("`echo rm` x")]
    [InlineData("bash -c \"$X\"")]
    [InlineData("eval $X")]
    [InlineData("echo rm x | sh")]
    [InlineData("echo cm0geAo= | base64 -d | bash")]
    [InlineData("bash -s")]
    [InlineData("python3 -c \"import os; os.remove('x')\"")]
    [InlineData("perl -e 'unlink x'")]
    [InlineData("echo 'x' | python3")]
    [InlineData("awk 'BEGIN{system(x)}'")]
    [InlineData("git -c alias.x='!f' x")]
    [InlineData("pwsh -Command x")]
    [InlineData("fish -c x")]
    [InlineData("xargs -a f $X")]
    [InlineData("x ${y@P}")]
    [InlineData("x $((y))")]
    [InlineData("cat <<E\nx")]
    [InlineData("echo 'open")]
    public void What_may_hide_a_denied_command_is_asked_also_where_all_else_is_allowed(string command) =>
        Assert.Equal(PolicyDecisionKind.Ask, PolicyCase.Run("deny rm *", command, AutonomyLevel.Autonomous).Kind);

    [Theory]
    [InlineData("deny git push *", "git push", "Deny")]
    [InlineData("deny git push", "git push origin", "Deny")]
    [InlineData("deny git push", "git --no-pager push", "Deny")]
    [InlineData("deny git push", "git -C /x push", "Ask")]
    [InlineData("deny git push", "git commit -m push", "Allow")]
    [InlineData("deny git push", "git $X", "Ask")]
    [InlineData("deny git push", "git $X push", "Ask")]
    [InlineData("deny git push", "git pull", "Allow")]
    [InlineData("deny rm -rf *", "rm -r -f x", "Deny")]
    [InlineData("deny rm -rf *", "rm -fr x", "Deny")]
    [InlineData("deny rm -rf *", "rm -vfr x", "Deny")]
    [InlineData("deny rm -rf *", "rm x -rf", "Deny")]
    [InlineData("deny rm -rf *", "rm x", "Allow")]
    [InlineData("deny rm -rf /", "rm -f -r /", "Deny")]
    [InlineData("deny npm publish*", "npm publish-x", "Deny")]
    [InlineData("deny rm *", "echo rm x", "Allow")]
    [InlineData("deny rm *", "grep rm x", "Allow")]
    [InlineData("deny rm *", "rmdir x", "Allow")]
    [InlineData("deny rm *", "git rm x", "Allow")]
    [InlineData("deny rm *", "echo 'a; rm x'", "Allow")]
    [InlineData("deny rm *", "cat <<'EOF'\nrm x\nEOF", "Allow")]
    [InlineData("deny shell", "ls", "Deny")]
    [InlineData("deny bash", "ls", "Deny")]
    [InlineData("deny edit", "echo x > f", "Deny")]
    [InlineData("deny edit", "echo x > /dev/null", "Allow")]
    [InlineData("deny edit", "ls", "Allow")]
    [InlineData("deny read", "cat < f", "Deny")]
    [InlineData("", "rm -rf / $X", "Allow")]
    public void A_denial_holds_for_what_it_says_and_no_more(string rule, string command, string expected) =>
        Assert.Equal(expected, PolicyCase.Run(rule, command, AutonomyLevel.Autonomous).Kind.ToString());

    [Theory]
    [InlineData("allow shell", "make && rm -rf /")]
    [InlineData("allow shell", "make > f")]
    [InlineData("allow anything", "make > /etc/f")]
    [InlineData("allow make *|allow edit", "make > f")]
    [InlineData("allow make *|allow edit: build/**", "make > build/log")]
    [InlineData("allow make *|allow edit: build/**", "make >> build/log 2>&1")]
    [InlineData("allow cat *|allow read: docs/**", "cat < docs/x")]
    [InlineData("allow sudo make", "sudo make")]
    [InlineData("allow CI=1 make *", "CI=1 make all")]
    [InlineData("allow ls *: **", "ls -l src")]
    public void A_wider_rule_covers_what_it_says(string rules, string command) =>
        Assert.Equal(PolicyDecisionKind.Allow, PolicyCase.Run(rules, command).Kind);

    [Theory]
    [InlineData("allow make *|allow edit: build/**", "make > build/../x")]
    [InlineData("allow make *|allow edit: build/**", "make > /work/repo/build/../../x")]
    [InlineData("allow make *|allow edit: build/**", "cd / && make > build/x")]
    [InlineData("allow make *|allow edit: out/**", "make > out/passwd")]
    [InlineData("allow make *|allow edit: build/**", "make > build/$X")]
    [InlineData("allow make *|allow edit: build/**", "make > build/*")]
    [InlineData("allow shell", "make $((x))")]
    [InlineData("allow shell", "sudo make")]
    [InlineData("allow sudo *", "sudo make")]
    [InlineData("allow cp *: src/**", "cp src/a src/b")] // It runs in the working directory, which src/** does not hold.
    [InlineData("allow ls *: **", "ls ..")]
    [InlineData("allow ls *: **", "ls /etc")]
    [InlineData("allow ls *: **", "ls ~")]
    [InlineData("allow ls *: **", "ls out/x")]
    [InlineData("allow ls *: **", "ls $X")]
    [InlineData("allow ls *: **", "ls --x=/etc")]
    [InlineData("allow ls *: **", "ls -I/etc")]
    [InlineData("allow ls *: **", "ls @/etc")]
    [InlineData("allow ls *: **|allow cd *", "cd / && ls etc")]
    public void A_wider_rule_covers_nothing_beyond_it(string rules, string command) =>
        Assert.Equal(PolicyDecisionKind.Ask, PolicyCase.Run(rules, command).Kind);

    [Fact]
    public void A_line_made_to_exhaust_is_asked_in_good_time()
    {
        string deep = string.Concat(Enumerable.Repeat("$(", 50_000));
        string suffixes = string.Concat(Enumerable.Repeat("eval sudo ", 5_000)) + "'x y'";
        string nested = "x";
        for (int i = 0; i < 9; i++)
        {
            nested = $"sudo eval eval eval eval '{nested.Replace("'", "'\\''", StringComparison.Ordinal)} a'";
        }

        string[] lines =
        [
            deep, suffixes, nested, string.Concat(Enumerable.Repeat("a;", 100_000)), new('`', 100_001), new('(', 100_000), new('"', 100_001),
            "rm " + string.Concat(Enumerable.Repeat("x/", 50_000)), string.Concat(Enumerable.Repeat("{ ", 50_000)),
        ];

        long start = TimeProvider.System.GetTimestamp();
        Assert.All(lines[..7], line => Assert.Equal(PolicyDecisionKind.Ask, PolicyCase.Run("deny rmx *|allow shell", line, AutonomyLevel.Autonomous).Kind));
        Assert.All(lines[7..], line => PolicyCase.Run("deny rmx *: **/x|allow ls *: a/**", line, AutonomyLevel.Autonomous));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }
}
