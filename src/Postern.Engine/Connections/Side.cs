using System.Runtime.InteropServices;
using Postern.Engine.Buffers;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;

namespace Postern.Engine.Connections;

/// <summary>What a side had inside its TLS.</summary>
/// <param name="Count">Plain bytes.</param>
/// <param name="Status">Of the last look: WantRead, or how TLS ended.</param>
/// <param name="IsCut">The socket has ended or broken.</param>
/// <param name="IsNew">Something came from the socket.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReceivedRecords(int Count, TlsStatus Status, bool IsCut, bool IsNew);

/// <summary>One of a connection's two sockets, with what is known of its readiness (edge-triggered) and what waits at it.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct Side
{
    public const int None = -1;

    public int Fd;

    /// <summary>The kernel may have bytes, an end or an error for us.</summary>
    public bool Readable;

    public bool Writable;

    /// <summary>The kernel has reported the peer's FIN: read on until it comes, also after a short read.</summary>
    public bool PeerClosed;

    /// <summary>The peer's FIN has been read (or, inside TLS, its close_notify).</summary>
    public bool Ended;

    /// <summary>Our FIN has been sent.</summary>
    public bool FinSent;

    /// <summary>
    /// Sending failed: nobody listens any more, and what is sent is dropped. What this side said before it went is
    /// still to be read, and how it went is learned by reading.
    /// </summary>
    public bool Deaf;

    /// <summary>Reading ended with an error (RST, keepalive) in place of a FIN.</summary>
    public bool Reset;

    /// <summary>Received and not consumed: a dialogue's unfinished line, ciphertext behind a handshake, bytes behind a greeting.</summary>
    public Pending In;

    /// <summary>To be sent, and not taken by the kernel yet.</summary>
    public Pending Out;

    public readonly bool IsOpen => Fd != None;

    public void Opened(int fd)
    {
        Fd = fd;
        Readable = false;
        Writable = true;
        PeerClosed = Ended = FinSent = Deaf = Reset = false;
    }

    /// <summary>Takes note of what the kernel reports.</summary>
    public void Note(PollEvents events)
    {
        if ((events & (PollEvents.In | PollEvents.PeerClosed | PollEvents.HangUp | PollEvents.Error)) != 0)
            Readable = true;
        if ((events & (PollEvents.Out | PollEvents.HangUp | PollEvents.Error)) != 0)
            Writable = true;
        if ((events & (PollEvents.PeerClosed | PollEvents.HangUp | PollEvents.Error)) != 0)
            PeerClosed = true;
    }

    /// <summary>
    /// Receives: the count, 0 for the peer's FIN, −<see cref="Errno.Again"/> when there is nothing, or another error.
    /// A short read says that the kernel has no more, unless a FIN is known to stand behind it.
    /// </summary>
    public int Receive(Span<byte> buffer)
    {
        if (!Readable)
            return -Errno.Again;

        int count = StreamSocket.Receive(Fd, buffer);
        if (count == -Errno.Again || (count > 0 && count < buffer.Length && !PeerClosed))
            Readable = false;
        Reset |= count < 0 && count != -Errno.Again;
        return count;
    }

    /// <summary>Puts what was kept, then what the socket has, on the wire. False when this side has ended or broken.</summary>
    public bool ReceiveCiphertext(BufferPool pool, TlsWire wire)
    {
        if (!In.IsEmpty)
        {
            int kept = Math.Min(In.Length, wire.Space.Length);
            In.Bytes[..kept].CopyTo(wire.Space);
            wire.Received(kept);
            In.Consume(pool, kept);
        }

        if (wire.Space.IsEmpty)
            return true;

        int count = Receive(wire.Space);
        if (count > 0)
            wire.Received(count);
        return count > 0 || count == -Errno.Again;
    }

    /// <summary>
    /// Takes out of TLS every record that has come whole, and keeps the rest. False when nothing has come; part of a record that
    /// waits for the other part is nothing new.
    /// </summary>
    /// <param name="pool">Whence the room for what is kept.</param>
    /// <param name="wire">Of the turn; what TLS wants to send is on it afterwards.</param>
    /// <param name="channel">This side's TLS.</param>
    /// <param name="plain">Has room for all that a full wire decrypts to, and for one record more.</param>
    /// <param name="first">The handshake's last segment may have had more than the handshake: looked at with nothing new.</param>
    /// <param name="records">What came.</param>
    public bool ReceiveRecords(BufferPool pool, TlsWire wire, TlsChannel channel, Span<byte> plain, bool first, out ReceivedRecords records)
    {
        wire.Clear();
        int kept = In.Length;
        bool cut = !ReceiveCiphertext(pool, wire);
        bool isNew = wire.Unread.Length > kept;
        int total = 0;
        TlsStatus status = isNew || first || cut ? TlsStatus.Ok : TlsStatus.WantRead;
        bool looks = status == TlsStatus.Ok;
        while (status == TlsStatus.Ok && plain.Length - total >= TlsChannel.MinRoom)
        {
            status = channel.Read(plain[total..], out int count);
            total += count;
        }

        In.Append(pool, wire.Unread);
        records = new ReceivedRecords(total, status, cut, isNew);
        return looks;
    }

    /// <summary>
    /// Goes on with a handshake with a server as far as what has come allows. Closed: the socket has ended in it; WantRead: more has
    /// to come. What came behind the handshake is kept.
    /// </summary>
    /// <param name="pool">Whence the room for what is kept.</param>
    /// <param name="wire">Of the turn.</param>
    /// <param name="channel">The client's side of TLS.</param>
    /// <param name="first">Nothing was said yet: the client speaks first.</param>
    public TlsStatus Handshake(BufferPool pool, TlsWire wire, TlsChannel channel, bool first)
    {
        _ = Flush(pool);
        while (true)
        {
            wire.Clear();
            bool left = !ReceiveCiphertext(pool, wire);
            if (wire.Unread.IsEmpty && !first)
                return left ? TlsStatus.Closed : TlsStatus.WantRead;

            first = false;
            TlsStatus status = channel.Handshake();
            Transmit(pool, wire.Outgoing);
            In.Append(pool, wire.Unread);
            if (status is TlsStatus.Ok or TlsStatus.Failed)
                return status;
            if (left)
                return TlsStatus.Closed;
        }
    }

    /// <summary>Plain words to this side, inside TLS where there is TLS.</summary>
    public void Say(BufferPool pool, TlsWire wire, TlsChannel? channel, ReadOnlySpan<byte> words)
    {
        if (channel is null)
        {
            Transmit(pool, words);
            return;
        }

        if (words.IsEmpty)
            return;
        wire.ClearOutgoing();
        _ = channel.Write(words);
        Transmit(pool, wire.Outgoing);
    }

    /// <summary>Sends, and keeps what the kernel does not take. Last words share a segment with the FIN that follows.</summary>
    public void Transmit(BufferPool pool, ReadOnlySpan<byte> bytes, bool last = false)
    {
        if (!Out.IsEmpty || !Writable)
        {
            if (!Deaf)
                Out.Append(pool, bytes);
            _ = Flush(pool);
            return;
        }

        if (bytes.IsEmpty || Deaf)
            return;

        int sent = StreamSocket.Send(Fd, bytes, last);
        if (sent == bytes.Length)
            return;

        if (sent < 0 && sent != -Errno.Again)
        {
            BecomeDeaf(pool);
            return;
        }

        // A short send means a full socket, and the kernel will tell when it no longer is.
        Writable = false;
        Out.Append(pool, bytes[Math.Max(sent, 0)..]);
    }

    /// <summary>Sends what waits, as far as the kernel takes it. True when some of it went.</summary>
    public bool Flush(BufferPool pool)
    {
        int before = Out.Length;
        while (Writable && !Out.IsEmpty)
        {
            int sent = StreamSocket.Send(Fd, Out.Bytes);
            if (sent == -Errno.Again)
            {
                Writable = false;
            }
            else if (sent < 0)
            {
                BecomeDeaf(pool);
            }
            else
            {
                Writable = sent == Out.Length;
                Out.Consume(pool, sent);
            }
        }

        return Out.Length < before;
    }

    private void BecomeDeaf(BufferPool pool)
    {
        Deaf = true;
        Readable = true;
        PeerClosed = true;
        Out.Clear(pool);
    }

    public void Close(BufferPool pool, bool reset)
    {
        if (!IsOpen)
            return;

        if (reset)
            StreamSocket.CloseWithReset(Fd);
        else
            Descriptor.Close(Fd);
        Fd = None;
        In.Clear(pool);
        Out.Clear(pool);
    }
}
