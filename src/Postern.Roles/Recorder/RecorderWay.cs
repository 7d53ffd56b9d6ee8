using System.Diagnostics;
using Postern.Interop.LibC;

namespace Postern.Roles.Recorder;

/// <summary>A resolver's end of a way to the recorder: requests, and answers that are waited for only so long. For one thread at a time.</summary>
/// <param name="patienceMilliseconds">For an answer, and for room to say something.</param>
internal sealed class RecorderWay(int patienceMilliseconds)
{
    /// <summary>For so long a recorder that did not answer is not waited for.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(2);

    private readonly byte[] _answer = new byte[RecorderRequest.MaxAnswer];
    private int _fd = -1;
    private uint _number;
    private long _restsSince;
    private bool _rests;

    /// <summary>Somebody may be at its end.</summary>
    public bool Leads => _fd >= 0;

    /// <summary>The recorder died, and this leads to its successor; negative: there is none.</summary>
    public void Replace(int successor)
    {
        if (_fd >= 0)
            Descriptor.Close(_fd);
        _fd = successor;
        _rests = false;
        if (successor < 0)
            return;
        StreamSocket.ReceiveTimeout(successor, patienceMilliseconds);
        StreamSocket.SendTimeout(successor, patienceMilliseconds);
    }

    /// <summary>Null: there is no answer.</summary>
    /// <param name="kind">One that is answered.</param>
    /// <param name="request">Its body.</param>
    /// <param name="body">Of the answer.</param>
    public RecorderOutcome? Ask(RecorderKind kind, ReadOnlySpan<byte> request, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!Send(kind, request))
            return null;

        // Late answers to what was given up come first. They are no reason to wait for longer: a stolen recorder has many of them.
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            int length = StreamSocket.Receive(_fd, _answer);
            bool late = Stopwatch.GetElapsedTime(began).TotalMilliseconds > 2 * patienceMilliseconds;
            if (length == -Errno.Interrupted && !late)
                continue;
            if (length <= 0 || late)
            {
                Rest();
                return null;
            }

            if (!RecorderRequest.TryReadAnswer(_answer.AsSpan(0, length), _number, out RecorderOutcome outcome))
                continue;
            body = _answer.AsMemory(RecorderRequest.AnswerHeaderSize, length - RecorderRequest.AnswerHeaderSize);
            return outcome;
        }
    }

    /// <summary>False when it did not go out.</summary>
    public bool Send(RecorderKind kind, ReadOnlySpan<byte> body)
    {
        if (_fd < 0 || body.Length > RecorderRequest.MaxSize - RecorderRequest.HeaderSize)
            return false;
        if (_rests && Stopwatch.GetElapsedTime(_restsSince) < s_rest)
            return false;

        byte[] request = RecorderRequest.Write(++_number, kind, body);
        int sent;
        do
        {
            sent = StreamSocket.Send(_fd, request);
        }
        while (sent == -Errno.Interrupted);
        if (sent < 0)
            Rest();
        return sent >= 0;
    }

    private void Rest()
    {
        _rests = true;
        _restsSince = Stopwatch.GetTimestamp();
    }
}
