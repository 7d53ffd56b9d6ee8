using System.Runtime.CompilerServices;
using Postern.Fuzz;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>
/// Runs the scripts of test/Dialogues/smtp-outbound: each thing that happens whole, cut in two at every byte, and one byte at a time;
/// with room and with little. The same comes of it, in the same order.
/// </summary>
public sealed class OutboundDialogueTests
{
    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../Dialogues/smtp-outbound"));

    public static IEnumerable<TheoryDataRow<string>> Scripts() =>
        Directory.EnumerateFiles(Folder(), "*.txt").Order(StringComparer.Ordinal).Select(path => new TheoryDataRow<string>(Path.GetFileName(path)));

    [Fact]
    public void There_are_scripts() => Assert.True(Scripts().Count() >= 60);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Whole(string name) => Run(Read(name), happening => [happening.Bytes]);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void OneByteAtATime(string name) => Run(Read(name), happening => happening.Bytes.Select(value => new[] { value }));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void WithLittleRoom(string name) => Run(Read(name), happening => [happening.Bytes], spare: 0);

    [Theory]
    [MemberData(nameof(Scripts))]
    public void CutInTwoAtEveryByte(string name)
    {
        OutboundScript script = Read(name);
        for (int at = 0; at < script.Events.Count; at++)
        {
            for (int cut = 1; cut < script.Events[at].Bytes.Length; cut++)
            {
                OutboundEvent cutOne = script.Events[at];
                Run(script, happening => ReferenceEquals(happening, cutOne) ? [happening.Bytes[..cut], happening.Bytes[cut..]] : [happening.Bytes]);
            }
        }
    }

    private static OutboundScript Read(string name) => OutboundScript.Read(Path.Combine(Folder(), name));

    private static void Run(OutboundScript script, Func<OutboundEvent, IEnumerable<byte[]>> cut, int spare = 4096)
    {
        OutboundTalk talk = script.Begin(spare);
        foreach (OutboundEvent happening in script.Events)
        {
            Assert.False(talk.HasEnded, "the session has ended before the script");
            byte[][] pieces = happening.Bytes.Length == 0 ? [[]] : [.. cut(happening)];
            OutboundScript.Play(talk, happening, pieces);
            Assert.Equal(Escaped.Of([.. happening.ToClient]), Escaped.Of([.. talk.ToClient]));
            Assert.Equal(Escaped.Of([.. happening.ToHop]), Escaped.Of([.. talk.ToHop]));
            Assert.Equal(happening.Actions, talk.Actions);
            talk.ToClient.Clear();
            talk.ToHop.Clear();
            talk.Actions.Clear();
        }
    }
}
