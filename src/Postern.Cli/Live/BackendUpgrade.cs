using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Postern.Interop.LibSsl;
using Postern.Protocols;

namespace Postern.Cli.Live;

/// <summary>How far a connection to a backend with TLS came.</summary>
internal enum UpgradeStage
{
    /// <summary>It ended in what is said in the clear.</summary>
    Dialogue,

    /// <summary>It ended in the handshake.</summary>
    Handshake,

    /// <summary>The backend is verified.</summary>
    Done,
}

/// <summary>What came of a try, before anything is thought about it.</summary>
/// <param name="Stage">Where it ended.</param>
/// <param name="End">Complete when one side decided; Silent or Closed when the backend left us alone.</param>
/// <param name="Said">What the backend said in the clear, as Latin-1.</param>
/// <param name="Refusal">Why the dialogue in the clear was ended.</param>
/// <param name="Tls">Why the handshake failed.</param>
internal sealed record UpgradeOutcome(UpgradeStage Stage, TranscriptEnd End, string Said, Refusal Refusal = Refusal.None, TlsFailure? Tls = null)
{
    /// <summary>It came to the backend's certificate: the PROXY header and the way to TLS are right.</summary>
    public bool Reached => Stage == UpgradeStage.Done || Tls?.Shown is not null;
}

/// <summary>
/// From a connection to a backend to a verified one, as a worker goes (Postern.Engine, Upstream/Upgrade.cs): the same dialogue, the
/// same handshake, the same verification.
/// </summary>
internal static class BackendUpgrade
{
    /// <param name="connection">The PROXY header has been said.</param>
    /// <param name="protocol">Of the gate.</param>
    /// <param name="mode">The way to TLS.</param>
    /// <param name="peer">Who must be there.</param>
    /// <param name="hostName">The name that we greet with.</param>
    public static async Task<UpgradeOutcome> Run(BackendConnection connection, Protocol protocol, TlsMode mode, ExpectedPeer peer, string hostName)
    {
        var said = new StringBuilder();
        UpgradeStage stage = UpgradeStage.Dialogue;
        try
        {
            if (mode == TlsMode.StartTls)
            {
                var settings = new BackSettings(hostName, peer.Name, Origin: null, RandomNumber.Draw());
                Step step = await Negotiate(connection, new Dialogue(protocol.FacingServer(settings)), said);
                if (step.Verdict != Verdict.StartTls)
                    return new UpgradeOutcome(stage, TranscriptEnd.Complete, said.ToString(), step.Refusal);
            }

            stage = UpgradeStage.Handshake;
            using var patience = new CancellationTokenSource(BackendConnection.Patience);
            TlsFailure? failure = await connection.Secure(peer, patience.Token);
            return new UpgradeOutcome(failure is null ? UpgradeStage.Done : stage, TranscriptEnd.Complete, said.ToString(), Tls: failure);
        }
        catch (OperationCanceledException)
        {
            return new UpgradeOutcome(stage, TranscriptEnd.Silent, said.ToString());
        }
        catch (SocketException)
        {
            return new UpgradeOutcome(stage, TranscriptEnd.Closed, said.ToString());
        }
    }

    /// <summary>Holds a dialogue, in the clear or inside TLS, to its end.</summary>
    /// <returns>Its last step; a refusal where the peer said more in the clear than the answer that starts TLS.</returns>
    /// <param name="connection">Stands.</param>
    /// <param name="dialogue">At its beginning.</param>
    /// <param name="said">Gets what the peer says, as Latin-1.</param>
    /// <exception cref="SocketException">The peer is gone.</exception>
    /// <exception cref="OperationCanceledException">It said nothing in time.</exception>
    public static async Task<Step> Negotiate(BackendConnection connection, Dialogue dialogue, StringBuilder said)
    {
        var unread = new ArrayBufferWriter<byte>();
        byte[] answer = new byte[2 * Negotiator.MaxAnswer];
        while (true)
        {
            // Once with nothing, so that who speaks first can.
            Step step = Feed(dialogue, unread.WrittenSpan, answer, out int length);
            byte[] rest = unread.WrittenSpan[step.Consumed..].ToArray();
            unread.Clear();
            unread.Write(rest);
            await connection.Send(answer.AsMemory(0, length));
            switch (step.Verdict)
            {
                case Verdict.NeedInput:
                    break;

                // C4, C5: what the kernel holds by now came in the clear as well.
                case Verdict.StartTls:
                    return connection.HasUnread ? Step.Refuse(0, Refusal.Injection) : step;

                default:
                    return step;
            }

            using var patience = new CancellationTokenSource(connection.Waits);
            ReadOnlyMemory<byte> received = await connection.Receive(patience.Token);
            if (received.IsEmpty)
                throw new SocketException((int)SocketError.ConnectionReset);
            unread.Write(received.Span);
            said.Append(Encoding.Latin1.GetString(received.Span));
        }
    }

    private static Step Feed(Dialogue dialogue, ReadOnlySpan<byte> unread, byte[] answer, out int length)
    {
        var output = new ByteWriter(answer);
        Step step = dialogue.Feed(unread, ref output);
        length = output.Length;
        return step;
    }
}
