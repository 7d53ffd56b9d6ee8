using System.Text;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>Every script, whole, cut in two at every byte, and a byte at a time: always the same words and the same end.</summary>
public sealed class DialogueTests
{
    public static TheoryData<string, string> Scripts()
    {
        var data = new TheoryData<string, string>();
        foreach (string group in Negotiators.All.Keys)
        {
            foreach (string name in Script.Names(group))
                data.Add(group, name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_script_is_played_as_written(string group, string name)
    {
        Script script = Script.Read(group, name);
        Check(script, group, [], "whole");
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void A_cut_anywhere_changes_nothing(string group, string name)
    {
        Script script = Script.Read(group, name);

        // Bytes behind the command that starts TLS are an injection only while they come with it: a cut exactly there is
        // another dialogue, and what the kernel holds is asked by the engine.
        for (int cut = 1; cut < script.Input.Length; cut++)
        {
            if (script.Refusal == Refusal.Injection && EndsAtStartTls(group, script, cut))
                continue;
            Check(script, group, [cut], $"cut at {cut}");
        }

        if (script.Refusal != Refusal.Injection)
            Check(script, group, Enumerable.Repeat(1, script.Input.Length), "a byte at a time");
    }

    [Fact]
    public void Every_negotiator_has_its_scripts() =>
        Assert.All(Negotiators.All.Keys, group => Assert.True(Script.Names(group).Count() >= 6, group));

    private static bool EndsAtStartTls(string group, Script script, int cut) =>
        Player.Play(Negotiators.All[group](), script.Input[..cut], []).Verdict == Verdict.StartTls;

    private static void Check(Script script, string group, IEnumerable<int> cuts, string how)
    {
        Outcome outcome = Player.Play(Negotiators.All[group](), script.Input, cuts);
        Assert.Equal(Encoding.Latin1.GetString(script.Output), Encoding.Latin1.GetString(outcome.Output));
        Assert.True((script.Verdict, script.Refusal) == (outcome.Verdict, outcome.Refusal), $"{how}: {outcome.Verdict} {outcome.Refusal}");
        if (script.Verdict == Verdict.Relay)
            Assert.Equal(Encoding.Latin1.GetString(script.Unread), Encoding.Latin1.GetString(outcome.Unread));
    }
}
