using System.Text;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Xunit;

namespace Postern.Protocols.Tests;

/// <summary>What the driver holds for every negotiator: whole answers, bounded dialogues, one end.</summary>
public sealed class DialogueBoundsTests
{
    /// <summary>An answer that does not fit is not sent by halves: the peer would take the half for the whole.</summary>
    [Fact]
    public void AnAnswerThatDoesNotFitIsTakenBack()
    {
        Outcome outcome = Conversation.Run(new TooTalkative(), "hello\r\n"u8);

        Assert.Equal((Verdict.Refuse, Refusal.TooMuch), (outcome.Verdict, outcome.Refusal));
        Assert.Equal("ready\r\n", Encoding.ASCII.GetString(outcome.Output));
    }

    [Fact]
    public void ADialogueThatHasEndedIsNotFedAgain()
    {
        var dialogue = new Dialogue(Target.Find("pop3").Make());
        byte[] room = new byte[8192];
        var output = new ByteWriter(room);
        Assert.Equal(Verdict.StartTls, dialogue.Feed("STLS\r\n"u8, ref output).Verdict);

        Assert.Throws<InvalidOperationException>(() =>
        {
            var more = new ByteWriter(room);
            dialogue.Feed("CAPA\r\n"u8, ref more);
        });
    }

    /// <summary>With less room than an answer may need nothing is consumed, and nothing is lost.</summary>
    [Fact]
    public void WithoutRoomNothingIsConsumed()
    {
        var dialogue = new Dialogue(Target.Find("pop3").Make());
        byte[] room = new byte[Negotiator.MaxAnswer - 1];
        var output = new ByteWriter(room);
        Step step = dialogue.Feed("STLS\r\n"u8, ref output);

        Assert.Equal(Step.Next(0), step);
        Assert.Equal(0, output.Length);
    }

    /// <summary>What a backend offers is offered to clients: a talkative one must not make every EHLO fail.</summary>
    [Fact]
    public void WhateverAProbeLearnsFitsIntoAnAnswer()
    {
        var reply = new StringBuilder("220 mail.example\r\n250-mail.example\r\n");
        for (int i = 0; i < 39; i++)
            reply.Append("250-X").Append('x', 190).Append("\r\n");
        reply.Append("250 LAST\r\n");

        ExtensionProbe probe = SmtpProtocol.Smtp.ProbeBackend(Target.HostName, greets: true)!;
        Outcome probed = Conversation.Run(probe, Encoding.ASCII.GetBytes(reply.ToString()));
        Assert.Equal(Verdict.Finished, probed.Verdict);
        Assert.NotEmpty(probe.Extensions);

        string longestName = new('h', 253);
        var settings = new FrontSettings(longestName, PlainAllowed: true, probe.Extensions);
        Outcome outcome = Conversation.Run(SmtpProtocol.Smtp.FacingClient(settings), "EHLO c\r\nSTARTTLS\r\n"u8);
        Assert.Equal(Verdict.StartTls, outcome.Verdict);
    }

    [Fact]
    public void AWriterThatOverflowedWritesNothingMore()
    {
        Span<byte> room = stackalloc byte[4];
        var writer = new ByteWriter(room);
        writer.Write("abc"u8);
        writer.Write("de"u8);
        writer.Write((byte)'f');
        writer.WriteText("g");
        writer.WriteNumber(1);

        Assert.True(writer.Overflowed);
        Assert.Equal("abc"u8, writer.Written);
        writer.Truncate(1);
        Assert.Equal("a"u8, writer.Written);
    }

    private sealed class TooTalkative : Negotiator
    {
        private bool _greeted;

        public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
        {
            if (!_greeted)
            {
                _greeted = true;
                output.Write("ready\r\n"u8);
            }

            if (input.IsEmpty)
                return Step.NeedInput;
            for (int i = 0; i < 1000; i++)
                output.Write("an answer without end\r\n"u8);
            return Step.Next(input.Length);
        }
    }
}
