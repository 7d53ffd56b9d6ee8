using System.Collections.Immutable;
using System.Text;

namespace Postern.Protocols.Smtp;

/// <summary>Greets a backend and reads what it offers.</summary>
internal sealed class SmtpExtensionProbe(string hostName, bool greets) : ExtensionProbe
{
    /// <summary>More extensions than any server has.</summary>
    private const int MaxExtensions = 40;

    private const int MaxExtension = 200;

    /// <summary>All extensions together: our answer to EHLO has to hold them, and the host's name (Negotiator.MaxAnswer).</summary>
    private const int MaxTotal = 3 * 1024;

    private bool _greeted = !greets;
    private bool _asked;
    private ImmutableArray<string> _extensions = [];

    public override ImmutableArray<string> Extensions => _extensions;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (_greeted && !_asked)
            Ask(ref output);

        SmtpReply reply = SmtpReply.Read(input);
        switch (reply.Status)
        {
            case SmtpReplyStatus.NeedInput:
                return Step.NeedInput;
            case SmtpReplyStatus.TooLong:
                return Step.Refuse(0, Refusal.TooLong);
            case SmtpReplyStatus.Garbage:
                return Step.Refuse(0, Refusal.BackendGarbage);
        }

        if (reply.Code != (_greeted ? 250 : 220))
            return Step.Refuse(reply.Length, Refusal.BackendRefused);

        if (!_greeted)
        {
            _greeted = true;
            Ask(ref output);
            return Step.Next(reply.Length);
        }

        _extensions = Parse(input[..reply.Length]);
        output.Write("QUIT\r\n"u8);
        return Step.Finished(reply.Length);
    }

    private void Ask(ref ByteWriter output)
    {
        _asked = true;
        output.Write("EHLO "u8);
        output.WriteText(hostName);
        output.Write("\r\n"u8);
    }

    private static ImmutableArray<string> Parse(ReadOnlySpan<byte> reply)
    {
        ImmutableArray<string>.Builder extensions = ImmutableArray.CreateBuilder<string>();
        bool first = true;
        int total = 0;
        while (!reply.IsEmpty && extensions.Count < MaxExtensions)
        {
            int end = reply.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = reply[..end];
            reply = reply[(end + 2)..];

            // The first line is the host's name (RFC 5321 §4.1.1.1).
            if (!first && line.Length > 4 && line.Length <= MaxExtension
                && !line.ContainsAnyExceptInRange((byte)0x20, (byte)0x7e) && IsFitForClear(line[4..])
                && total + line.Length + 2 <= MaxTotal)
            {
                total += line.Length + 2;
                extensions.Add(Encoding.ASCII.GetString(line[4..]));
            }

            first = false;
        }

        return extensions.ToImmutable();
    }

    /// <summary>Not AUTH, a password in the clear; not STARTTLS, which is ours; not what a backend grants to our address only.</summary>
    private static bool IsFitForClear(ReadOnlySpan<byte> extension)
    {
        int space = extension.IndexOfAny((byte)' ', (byte)'=');
        ReadOnlySpan<byte> word = space < 0 ? extension : extension[..space];
        return !Ascii.EqualsIgnoreCase(word, "AUTH"u8) && !Ascii.EqualsIgnoreCase(word, "STARTTLS"u8)
            && !Ascii.EqualsIgnoreCase(word, "XCLIENT"u8) && !Ascii.EqualsIgnoreCase(word, "XFORWARD"u8);
    }
}
