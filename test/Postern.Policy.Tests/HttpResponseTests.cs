using System.Text;
using CsCheck;
using Postern.Policy.MtaSts;

namespace Postern.Policy.Tests;

/// <summary>The response of a policy host, whole, at every byte boundary, and of any bytes.</summary>
public sealed class HttpResponseTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\n";

    [Theory]
    [InlineData(Ok + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello", 200, "hello")]
    [InlineData(Ok + "content-length:5\r\n\r\nhello and more", 200, "hello")]
    [InlineData(Ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, "hello")]
    [InlineData(Ok + "Content-Length: 0\r\n\r\n", 200, "")]
    [InlineData("HTTP/1.0 200 OK\nContent-Length: 5\n\nhello", 200, "hello")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: x\r\n\r\n", 200, "hello")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\n\r\n" + Ok + "Content-Length: 2\r\n\r\nhi", 200, "hi")]
    [InlineData("HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nContent-Length: 100\r\n\r\n", 301, "")]
    [InlineData("HTTP/1.1 404 Not Found\r\n\r\n", 404, "")]
    public void Good(string text, int status, string body)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var response = new HttpResponse();
            HttpProgress progress = response.Feed(bytes.AsSpan(0, cut));
            if (progress == HttpProgress.NeedsMore)
                progress = response.Feed(bytes.AsSpan(cut));
            Assert.Equal((HttpProgress.Whole, status, body), (progress, response.Status, Encoding.ASCII.GetString(response.Body)));
        }
    }

    [Fact]
    public void The_first_type_counts()
    {
        var response = new HttpResponse();
        _ = response.Feed("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\n."u8);
        Assert.Equal("text/plain; charset=utf-8", response.ContentType);
    }

    /// <summary>Half of a list of hosts would be another policy.</summary>
    [Theory]
    [InlineData(Ok + "\r\nhello", true, HttpProgress.Whole)]
    [InlineData(Ok + "\r\nhello", false, HttpProgress.Broken)]
    [InlineData(Ok + "Content-Length: 6\r\n\r\nhello", true, HttpProgress.Broken)]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true, HttpProgress.Broken)]
    [InlineData(Ok, true, HttpProgress.Broken)]
    [InlineData("", true, HttpProgress.Broken)]
    public void Only_an_honest_end_ends_a_body(string text, bool honest, HttpProgress end)
    {
        var response = new HttpResponse();
        Assert.Equal(HttpProgress.NeedsMore, response.Feed(Encoding.Latin1.GetBytes(text)));
        Assert.Equal(end, response.End(honest));
    }

    [Theory]
    [InlineData("220 mx.example.org ESMTP\r\n")]
    [InlineData("HTTP/2 200\r\n")]
    [InlineData("HTTP/1.1 abc OK\r\n")]
    [InlineData(Ok + " folded\r\n")]
    [InlineData(Ok + "no colon\r\n")]
    [InlineData(Ok + "Content-Length : 5\r\n")]
    [InlineData(Ok + "Content-Length: 5\r\nContent-Length: 6\r\n")]
    [InlineData(Ok + "Content-Length: -5\r\n")]
    [InlineData(Ok + "Content-Length: 5,5\r\n")]
    [InlineData(Ok + "Content-Length: 99999999999\r\n")]
    [InlineData(Ok + "Transfer-Encoding: gzip, chunked\r\n")]
    [InlineData(Ok + "Content-Encoding: gzip\r\n")]
    [InlineData(Ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n")]
    [InlineData(Ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello")]
    public void Broken(string text)
    {
        var response = new HttpResponse();
        HttpProgress progress = response.Feed(Encoding.Latin1.GetBytes(text));
        Assert.Equal(HttpProgress.Broken, progress == HttpProgress.NeedsMore ? response.Feed("\r\n"u8) : progress);
    }

    [Fact]
    public void What_is_too_long_is_an_error_and_not_cut()
    {
        string body = new('x', StsPolicyReader.MaxBytes + 1);
        Assert.Equal(HttpProgress.TooLong, new HttpResponse().Feed(Encoding.Latin1.GetBytes($"{Ok}Content-Length: {body.Length}\r\n\r\n")));
        Assert.Equal(HttpProgress.TooLong, new HttpResponse().Feed(Encoding.Latin1.GetBytes($"{Ok}\r\n{body}")));
        Assert.Equal(HttpProgress.TooLong, new HttpResponse().Feed(Encoding.Latin1.GetBytes($"{Ok}Transfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n")));
        Assert.Equal(HttpProgress.Whole, new HttpResponse().Feed(Encoding.Latin1.GetBytes($"{Ok}Content-Length: {body.Length - 1}\r\n\r\n{body[1..]}")));
    }

    [Fact]
    public void Head_and_lines_are_bounded()
    {
        Assert.Equal(HttpProgress.Broken, new HttpResponse().Feed(Encoding.Latin1.GetBytes(Ok + new string('x', 20_000))));
        Assert.Equal(HttpProgress.Broken, new HttpResponse().Feed(Encoding.Latin1.GetBytes(Ok + string.Concat(Enumerable.Repeat("a: b\r\n", 500)))));
        Assert.Equal(HttpProgress.Broken, new HttpResponse().Feed(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 500)))));
    }

    [Fact]
    public void Any_bytes()
    {
        string[] words = [Ok, "\r\n", "\n", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n", "0\r\n\r\n", "abc", ":", " ", "HTTP/1.1 ", "Content-Type: text/plain\r\n", "\0", "ffffffff\r\n"];
        Gen.Int[0, words.Length - 1].Select(i => words[i]).Array[0, 12].Select(string.Concat).Sample(text =>
        {
            byte[] bytes = Encoding.Latin1.GetBytes(text);
            var whole = new HttpResponse();
            HttpProgress progress = whole.Feed(bytes);
            var slow = new HttpResponse();
            HttpProgress last = HttpProgress.NeedsMore;
            for (int i = 0; i < bytes.Length && last == HttpProgress.NeedsMore; i++)
                last = slow.Feed(bytes.AsSpan(i, 1));
            Assert.Equal((progress, whole.Status), (last, slow.Status));
            Assert.Equal(whole.Body, slow.Body);
        });
    }
}
