using Postern.Bench.Backends;
using Postern.Bench.Interop;

namespace Postern.Bench.Load;

/// <summary>
/// A connection that never waits, and knows to the nanosecond when a message leaves and when one has come. OpenSSL seals
/// and opens in memory, so that the client's cryptography is on neither side of these moments.
/// </summary>
internal sealed unsafe class PacedClient
{
    private const int WireBytes = 4096;

    /// <summary>What one read can bring: a record that was begun before, and all of this read.</summary>
    private const int PlainBytes = 32 * 1024;

    private readonly int descriptor;
    private readonly nint ssl;
    private readonly nint incoming;
    private readonly nint outgoing;
    private readonly byte[] wire = new byte[WireBytes];
    private readonly byte[] plain = new byte[PlainBytes];
    private int taken;
    private int filled;

    /// <summary>After its handshake, if it makes one; from here on the client can do nothing else but be disposed.</summary>
    internal PacedClient(TlsClient client)
    {
        descriptor = client.Descriptor;
        StampedSocket.AskForStamps(descriptor);
        ssl = client.Ssl;
        if (ssl == 0)
            return;
        incoming = LibSsl.BIO_new(LibSsl.BIO_s_mem());
        outgoing = LibSsl.BIO_new(LibSsl.BIO_s_mem());
        LibSsl.SSL_set0_rbio(ssl, incoming);
        LibSsl.SSL_set0_wbio(ssl, outgoing);
    }

    internal int Descriptor => descriptor;

    /// <summary>False: the kernel takes no more. The connection is of no more use then.</summary>
    /// <param name="message">Is sent in one piece.</param>
    /// <param name="sent">When, nanoseconds of CLOCK_REALTIME.</param>
    /// <exception cref="IOException">The other side has gone.</exception>
    internal bool TrySend(ReadOnlySpan<byte> message, out long sent)
    {
        var bytes = ssl == 0 ? message : Seal(message);
        sent = StampedSocket.Now();
        var count = StampedSocket.Send(descriptor, bytes);
        return count == bytes.Length || (count >= 0 || count == -StampedSocket.Again ? false : throw Failure("a write", count));
    }

    /// <summary>Takes what is there, once: whole messages, or none; they are good until the next call.</summary>
    /// <param name="back">When the last part of them came, nanoseconds of CLOCK_REALTIME; 0: the kernel does not say.</param>
    /// <exception cref="IOException">The other side has gone.</exception>
    internal ReadOnlySpan<byte> Receive(out long back)
    {
        plain.AsSpan(taken, filled - taken).CopyTo(plain);
        filled -= taken;
        var count = StampedSocket.Receive(descriptor, ssl == 0 ? plain.AsSpan(filled, WireBytes) : wire, out back);
        if (count == 0)
            throw new IOException("the gate closed a held connection");
        if (count < 0 && count != -StampedSocket.Again)
            throw Failure("a read", count);
        if (count > 0)
            filled += ssl == 0 ? count : Open(count);
        taken = filled - (filled % StampedMessage.Bytes);
        return plain.AsSpan(0, taken);
    }

    private Span<byte> Seal(ReadOnlySpan<byte> message)
    {
        LibSsl.ERR_clear_error();
        fixed (byte* start = message)
        fixed (byte* record = wire)
        {
            if (LibSsl.SSL_write(ssl, start, message.Length) != message.Length)
                throw new IOException("OpenSSL seals nothing: " + LibSsl.LastError());
            return wire.AsSpan(0, Math.Max(0, LibSsl.BIO_read(outgoing, record, WireBytes)));
        }
    }

    /// <summary>How many bytes of <see cref="plain"/> came of so many of <see cref="wire"/>.</summary>
    private int Open(int count)
    {
        LibSsl.ERR_clear_error();
        fixed (byte* records = wire)
        fixed (byte* start = plain)
        {
            if (LibSsl.BIO_write(incoming, records, count) != count)
                throw new IOException("OpenSSL takes no more: " + LibSsl.LastError());
            var opened = 0;
            int part;
            while ((part = LibSsl.SSL_read(ssl, start + filled + opened, PlainBytes - filled - opened)) > 0)
                opened += part;
            return LibSsl.SSL_get_error(ssl, part) switch
            {
                LibSsl.ErrorWantRead => opened,
                LibSsl.ErrorZeroReturn => throw new IOException("the gate closed a held connection"),
                _ => throw new IOException("a read failed: " + LibSsl.LastError()),
            };
        }
    }

    private static IOException Failure(string what, int error) => new($"{what} failed: {StampedSocket.Describe(error)}");
}
