using System.Globalization;
using System.Text;
using Postern.Policy.Dns;

namespace Postern.Policy.MtaSts;

/// <summary>How far a response is.</summary>
public enum HttpProgress
{
    NeedsMore,

    /// <summary>All that is wanted is there.</summary>
    Whole,

    /// <summary>No HTTP, or cut off.</summary>
    Broken,

    /// <summary>More than a policy may have (<see cref="StsPolicyReader.MaxBytes"/>).</summary>
    TooLong,
}

/// <summary>
/// The one request that a policy is fetched with, and the reader of its response: HTTP/1.1 (RFC 9112) as far as a file of text
/// needs it. Redirects are told and not followed, nothing is kept in a cache, and no encoding is asked for.
/// </summary>
public sealed class HttpResponse
{
    private const int MaxLine = 8 * 1024;
    private const int MaxLines = 128;
    private const int MaxLengthDigits = 10;
    private const int HttpOk = 200;

    private readonly List<byte> _line = [];
    private readonly List<byte> _body = [];
    private Part _part = Part.StatusLine;
    private int _lines;

    /// <summary>Of the body, or of the chunk: what is still to come; −1 where only the end of the connection ends it.</summary>
    private long _left = -1;
    private bool _isChunked;

    private enum Part
    {
        StatusLine,
        Fields,
        Body,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailer,
        Done,
    }

    public int Status { get; private set; }

    public string? ContentType { get; private set; }

    /// <summary>Empty but with status 200: no other body is read.</summary>
    public byte[] Body => [.. _body];

    /// <summary>The request; the connection is for it alone.</summary>
    public static byte[] Request(DnsName host) => Encoding.ASCII.GetBytes(
        $"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Postern (MTA-STS, RFC 8461)\r\nAccept: text/plain\r\nConnection: close\r\n\r\n");

    /// <param name="bytes">Whatever came next.</param>
    public HttpProgress Feed(ReadOnlySpan<byte> bytes)
    {
        while (_part != Part.Done)
        {
            if (bytes.IsEmpty)
                return HttpProgress.NeedsMore;

            if (_part is Part.Body or Part.Chunk)
            {
                int count = (int)(_left < 0 ? bytes.Length : Math.Min(_left, bytes.Length));
                if (_body.Count + count > StsPolicyReader.MaxBytes)
                    return HttpProgress.TooLong;
                _body.AddRange(bytes[..count]);
                bytes = bytes[count..];
                _left -= _left < 0 ? 0 : count;
                if (_left == 0)
                    _part = _part == Part.Chunk ? Part.ChunkEnd : Part.Done;
                continue;
            }

            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> piece = end < 0 ? bytes : bytes[..end];
            if (_line.Count + piece.Length > MaxLine)
                return HttpProgress.Broken;
            _line.AddRange(piece);
            if (end < 0)
                return HttpProgress.NeedsMore;

            bytes = bytes[(end + 1)..];
            string line = Encoding.Latin1.GetString([.. _line]).TrimEnd('\r');
            _line.Clear();
            if (++_lines > MaxLines && _part is not (Part.ChunkSize or Part.ChunkEnd))
                return HttpProgress.Broken;
            if (Line(line) is { } bad)
                return bad;
        }

        return HttpProgress.Whole;
    }

    /// <summary>The connection has ended. Half of a list of hosts would be another policy: only an end that TLS vouches for is one.</summary>
    /// <param name="honest">By close_notify.</param>
    public HttpProgress End(bool honest) =>
        _part == Part.Done || (_part == Part.Body && _left < 0 && honest) ? HttpProgress.Whole : HttpProgress.Broken;

    /// <returns>Null to go on.</returns>
    private HttpProgress? Line(string line)
    {
        switch (_part)
        {
            case Part.StatusLine:
                return StatusLine(line) ? null : HttpProgress.Broken;
            case Part.Fields when line.Length == 0:
                return EndOfHead();
            case Part.Fields:
                return Field(line) ? null : HttpProgress.Broken;

            case Part.ChunkSize:
                string size = line.Split(';')[0].Trim(' ', '\t');
                if (size.Length is 0 or > MaxLengthDigits || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
                    return HttpProgress.Broken;
                if (_left + _body.Count > StsPolicyReader.MaxBytes)
                    return HttpProgress.TooLong;
                _part = _left == 0 ? Part.Trailer : Part.Chunk;
                return null;

            case Part.ChunkEnd when line.Length == 0:
                _part = Part.ChunkSize;
                return null;
            case Part.Trailer:
                _part = line.Length == 0 ? Part.Done : Part.Trailer;
                return null;
            default:
                return HttpProgress.Broken;
        }
    }

    /// <summary>RFC 9112 §4: HTTP/1.1 200 OK</summary>
    private bool StatusLine(string line)
    {
        const string Version = "HTTP/1.";
        const int StatusAt = 9;
        if (!line.StartsWith(Version, StringComparison.Ordinal) || line.Length < StatusAt + 3 || line[StatusAt - 1] != ' '
            || !int.TryParse(line.AsSpan(StatusAt, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
        {
            return false;
        }

        Status = status;
        _part = Part.Fields;
        return true;
    }

    private bool Field(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);

        // RFC 9112 §5.1, §5.2: neither white space before the colon nor a folded line.
        if (colon < 1 || line.AsSpan(0, colon).ContainsAny(' ', '\t'))
            return false;

        string value = line[(colon + 1)..].Trim(' ', '\t');
        switch (line[..colon].ToLowerInvariant())
        {
            case "content-type":
                ContentType ??= value;
                return true;

            // Two lengths that differ are two responses.
            case "content-length":
                return value.Length is > 0 and <= MaxLengthDigits && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                    && (_left < 0 || _left == length) && (_left = length) >= 0;
            case "transfer-encoding":
                _isChunked = true;
                return value.Equals("chunked", StringComparison.OrdinalIgnoreCase);
            case "content-encoding":
                return value.Equals("identity", StringComparison.OrdinalIgnoreCase);
            default:
                return true;
        }
    }

    private HttpProgress? EndOfHead()
    {
        // RFC 9110 §15.2: before the response there may be others that only say that it comes.
        if (Status is >= 100 and < HttpOk)
        {
            (_part, _left, _isChunked, ContentType) = (Part.StatusLine, -1, false, null);
            return null;
        }

        if (Status != HttpOk)
        {
            _part = Part.Done;
            return null;
        }

        // RFC 9112 §6.3: who says both has to be mistrusted.
        if (_isChunked && _left >= 0)
            return HttpProgress.Broken;
        if (_left > StsPolicyReader.MaxBytes)
            return HttpProgress.TooLong;
        _part = _isChunked ? Part.ChunkSize : _left == 0 ? Part.Done : Part.Body;
        return null;
    }
}
