using System.Runtime.CompilerServices;
using Postern.Fuzz;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>
/// Runs the scripts of test/Dialogues: whole, turn by turn, cut in two at every byte, and one byte at a time. The same
/// words must come to the same end however the network cuts them.
/// </summary>
public sealed class DialogueTests
{
    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../Dialogues"));

    public static IEnumerable<TheoryDataRow<string>> Scripts() =>
        Target.All.SelectMany(target => Directory.EnumerateFiles(Path.Combine(Folder(), target.Name), "*.txt"))
            .Order(StringComparer.Ordinal)
            .Select(path => new TheoryDataRow<string>(Path.GetRelativePath(Folder(), path)));

    [Fact]
    public void EveryTargetHasItsScripts()
    {
        foreach (Target target in Target.All)
        {
            string folder = Path.Combine(Folder(), target.Name);
            Assert.True(Directory.GetFiles(folder, "*.txt").Length >= 12, $"{target.Name} has too few scripts.");
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Whole(string name)
    {
        Script script = Read(name);
        Outcome outcome = Conversation.Run(script.Target.Make(), script.Heard);
        AssertEnd(script, outcome);
    }

    /// <summary>The bytes behind a STARTTLS that was answered before they came are TLS's own; else nothing may differ.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public void CutInTwoAtEveryByte(string name)
    {
        Script script = Read(name);
        byte[] heard = script.Heard;
        int border = heard.Length - script.Unread.Length;
        for (int cut = 1; cut < heard.Length; cut++)
        {
            Outcome outcome = Conversation.Run(script.Target.Make(), heard, cut);
            if (script.Refusal == Refusal.Injection && cut == border)
                AssertStarted(script, outcome, border);
            else
                AssertEnd(script, outcome);
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void OneByteAtATime(string name)
    {
        Script script = Read(name);
        byte[] heard = script.Heard;
        Outcome outcome = Conversation.RunByteByByte(script.Target.Make(), heard);
        if (script.Refusal == Refusal.Injection)
            AssertStarted(script, outcome, heard.Length - script.Unread.Length);
        else
            AssertEnd(script, outcome);
    }

    /// <summary>Each answer comes in its turn: after what it answers, and before anything else is said.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public void TurnByTurn(string name)
    {
        Script script = Read(name);
        var dialogue = new Dialogue(script.Target.Make());
        byte[] room = new byte[64 * 1024];
        byte[] unread = [];
        Step step = default;
        foreach (Turn turn in script.Turns)
        {
            Assert.Equal(Verdict.NeedInput, step.Verdict);
            unread = [.. unread, .. turn.Heard];
            var output = new ByteWriter(room);
            step = dialogue.Feed(unread, ref output);
            unread = unread[step.Consumed..];
            Assert.Equal(Escaped.Of(turn.Said), Escaped.Of(output.Written));
        }

        Assert.Equal((script.Verdict, script.Refusal), (step.Verdict, step.Refusal));
        Assert.Equal(Escaped.Of(script.Unread), Escaped.Of(unread));
    }

    /// <summary>What the client hears of a backend that refuses, and what a probe learned.</summary>
    [Theory]
    [MemberData(nameof(Scripts))]
    public void WhatIsLearned(string name)
    {
        Script script = Read(name);
        Negotiator negotiator = script.Target.Make();
        Conversation.Run(negotiator, script.Heard);

        if (negotiator is ExtensionProbe probe)
        {
            Assert.NotNull(script.Extensions);
            Assert.Equal(script.Extensions, string.Join(", ", probe.Extensions));
        }

        if (negotiator is BackNegotiator reader && script.Verdict == Verdict.Refuse)
        {
            byte[] room = new byte[Negotiator.MaxAnswer];
            var output = new ByteWriter(room);
            bool passed = reader.TryWriteRefusal("A1 NOOP\r\n"u8, ref output);
            Assert.NotNull(script.PassedOn);
            Assert.Equal(script.PassedOn.Length > 0, passed);
            Assert.Equal(Escaped.Of(script.PassedOn), Escaped.Of(output.Written));
        }
    }

    private static Script Read(string name) => Script.Read(Path.Combine(Folder(), name));

    private static void AssertEnd(Script script, Outcome outcome)
    {
        Assert.Equal(Escaped.Of(script.Said), Escaped.Of(outcome.Output));
        Assert.Equal((script.Verdict, script.Refusal), (outcome.Verdict, outcome.Refusal));
        Assert.Equal(script.Heard.Length - script.Unread.Length, outcome.Consumed);
    }

    private static void AssertStarted(Script script, Outcome outcome, int border)
    {
        Assert.Equal(Verdict.StartTls, outcome.Verdict);
        Assert.Equal(border, outcome.Consumed);
        Assert.Equal(border, outcome.Fed);
        Assert.StartsWith(Escaped.Of(script.Said), Escaped.Of(outcome.Output));
    }
}
